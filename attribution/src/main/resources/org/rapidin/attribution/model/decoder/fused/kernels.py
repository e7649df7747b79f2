class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]
  def forward(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return x
  def norm(self: __torch__.Kernels, x: Tensor, w: Tensor, eps: Tensor) -> Tuple[Tensor, Tensor]:
    r = torch.rsqrt(torch.add_(torch.mean(torch.mul(x, x), [-1], True), eps))
    return (torch.mul_(torch.mul(x, r), w), r)
  def norm_again(self: __torch__.Kernels, x: Tensor, w: Tensor, r: Tensor) -> Tensor:
    return torch.mul_(torch.mul(x, r), w)
  def norm_back(self: __torch__.Kernels, d: Tensor, x: Tensor, w: Tensor, r: Tensor) -> Tensor:
    g = torch.mul(d, w)
    a = torch.mul_(torch.mean(torch.mul(g, x), [-1], True), torch.mul(r, r))
    return torch.mul_(torch.addcmul_(g, x, a, value=-1), r)
  def norm_back_add(self: __torch__.Kernels, d: Tensor, x: Tensor, w: Tensor, r: Tensor, residual: Tensor) -> Tensor:
    g = torch.mul(d, w)
    a = torch.mul_(torch.mean(torch.mul(g, x), [-1], True), torch.mul(r, r))
    return torch.addcmul(residual, torch.addcmul_(g, x, a, value=-1), r)
  def norm_weight(self: __torch__.Kernels, d: Tensor, x: Tensor, r: Tensor) -> Tensor:
    return torch.sum(torch.mul_(torch.mul(d, x), r), [1])
  def linear(self: __torch__.Kernels, x: Tensor, w: Tensor) -> Tensor:
    return (self).nt(x, w, None)
  def linear_bias(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return (self).nt(x, w, b)
  def linear_add(self: __torch__.Kernels, x: Tensor, w: Tensor, other: Tensor) -> Tensor:
    return (self).nt_add(x, w, None, other)
  def linear_bias_add(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor, other: Tensor) -> Tensor:
    return (self).nt_add(x, w, b, other)
  def linear_back(self: __torch__.Kernels, d: Tensor, w: Tensor) -> Tensor:
    return (self).nn(d, w)
  def linear_back_add(self: __torch__.Kernels, d: Tensor, w: Tensor, other: Tensor) -> Tensor:
    return (self).nn_add(d, w, other)
  def inner(self: __torch__.Kernels, x: Tensor, a: Tensor, scale: Tensor) -> Tensor:
    return torch.mul_((self).nt(a, (self).rows(x), None), scale)
  def inner_back(self: __torch__.Kernels, d: Tensor, b: Tensor, scale: Tensor) -> Tensor:
    return torch.mul_((self).nt(torch.contiguous(torch.t(b)), (self).rows(d), None), scale)
  def outer(self: __torch__.Kernels, like: Tensor, z: Tensor, m: Tensor) -> Tensor:
    y = (self).nn(torch.contiguous(torch.t(z)), m)
    return torch.view(y, [torch.size(like, 0), torch.size(like, 1), -1])
  def outer_add(self: __torch__.Kernels, other: Tensor, z: Tensor, m: Tensor) -> Tensor:
    y = (self).nn_add(torch.contiguous(torch.t(z)), m, (self).rows(other))
    return torch.view(y, [torch.size(other, 0), torch.size(other, 1), -1])
  def adapt(self: __torch__.Kernels, like: Tensor, z: Tensor, b: Tensor) -> Tensor:
    y = (self).nt(torch.contiguous(torch.t(z)), b, None)
    return torch.view(y, [torch.size(like, 0), torch.size(like, 1), -1])
  def adapt_add(self: __torch__.Kernels, other: Tensor, z: Tensor, b: Tensor) -> Tensor:
    y = (self).nt_add(torch.contiguous(torch.t(z)), b, None, (self).rows(other))
    return torch.view(y, [torch.size(other, 0), torch.size(other, 1), -1])
  def factor(self: __torch__.Kernels, x: Tensor, z: Tensor) -> Tensor:
    n = torch.size(x, 0)
    t = torch.size(x, 1)
    return torch.bmm(torch.transpose(torch.view(z, [-1, n, t]), 0, 1), x)
  def factor_transposed(self: __torch__.Kernels, d: Tensor, z: Tensor) -> Tensor:
    return torch.contiguous(torch.transpose((self).factor(d, z), 1, 2))
  def rotated(self: __torch__.Kernels, x: Tensor, cos: Tensor, sin: Tensor, sign: float) -> Tensor:
    h = torch.floordiv(torch.size(x, 3), 2)
    c = torch.transpose(cos, 1, 2)
    s = torch.narrow(torch.transpose(sin, 1, 2), 3, 0, h)
    y = torch.mul(x, c)
    _0 = torch.addcmul_(torch.narrow(y, 3, 0, h), torch.narrow(x, 3, h, h), s, value=torch.neg(sign))
    _1 = torch.addcmul_(torch.narrow(y, 3, h, h), torch.narrow(x, 3, 0, h), s, value=sign)
    return y
  def heads(self: __torch__.Kernels, x: Tensor, width: int) -> Tensor:
    return torch.view(x, [torch.size(x, 0), torch.size(x, 1), -1, width])
  def grouped(self: __torch__.Kernels, x: Tensor, heads: int) -> Tensor:
    k = torch.size(x, 2)
    n = torch.size(x, 0)
    t = torch.size(x, 1)
    w = torch.size(x, 3)
    g = torch.floordiv(heads, k)
    y = torch.reshape(torch.expand(torch.unsqueeze(x, 3), [n, t, k, g, w]), [n, t, heads, w])
    return torch.transpose(y, 1, 2)
  def ungrouped(self: __torch__.Kernels, x: Tensor, like: Tensor) -> Tensor:
    n = torch.size(like, 0)
    t = torch.size(like, 1)
    k = torch.size(like, 2)
    w = torch.size(like, 3)
    return torch.sum(torch.reshape(torch.transpose(x, 1, 2), [n, t, k, -1, w]), [3])
  def flat(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), -1])
  def rows(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.reshape(x, [-1, torch.size(x, -1)])
  def attend(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor, cos: Tensor, sin: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    width = torch.size(cos, 3)
    qr = (self).rotated((self).heads(q, width), cos, sin, 1.)
    kr = (self).rotated((self).heads(k, width), cos, sin, 1.)
    vh = (self).heads(v, width)
    h = torch.size(qr, 2)
    o, lse = torch._scaled_dot_product_flash_attention_for_cpu(torch.transpose(qr, 1, 2), (self).grouped(kr, h), (self).grouped(vh, h), 0., True)
    return (qr, kr, vh, (self).flat(torch.transpose(o, 1, 2)), lse)
  def attend_back(self: __torch__.Kernels, d: Tensor, q: Tensor, k: Tensor, v: Tensor, o: Tensor, lse: Tensor, cos: Tensor, sin: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    width = torch.size(cos, 3)
    h = torch.size(q, 2)
    dh = torch.transpose((self).heads(d, width), 1, 2)
    oh = torch.transpose((self).heads(o, width), 1, 2)
    dq, dk, dv = torch._scaled_dot_product_flash_attention_for_cpu_backward(dh, torch.transpose(q, 1, 2), (self).grouped(k, h), (self).grouped(v, h), oh, lse, 0., True)
    dqr = (self).rotated(torch.transpose(dq, 1, 2), cos, sin, -1.)
    dkr = (self).rotated((self).ungrouped(dk, k), cos, sin, -1.)
    return ((self).flat(dqr), (self).flat(dkr), (self).flat((self).ungrouped(dv, v)))
  def gated(self: __torch__.Kernels, gate: Tensor, up: Tensor) -> Tensor:
    return torch.mul_(torch.silu(gate), up)
  def gated_back(self: __torch__.Kernels, d: Tensor, gate: Tensor, up: Tensor) -> Tuple[Tensor, Tensor]:
    du = torch.mul_(torch.silu(gate), d)
    return (torch.silu_backward(torch.mul(d, up), gate), du)
  def head(self: __torch__.Kernels, x: Tensor, flat: Tensor, targets: Tensor, weights: Tensor, norm: Tensor, eps: Tensor, head: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    s = torch.index_select((self).rows(x), 0, flat)
    y, r = (self).norm(s, norm, eps)
    p = torch.log_softmax((self).nt(y, head, None), 1)
    i = torch.unsqueeze(targets, 1)
    loss = torch.neg(torch.squeeze(torch.gather(p, 1, i), 1))
    p = torch.scatter_add_(torch.exp_(p), 1, i, torch.full_like(i, -1., dtype=6))
    d = torch.mul_((self).nn(p, head), torch.unsqueeze(weights, 1))
    return (loss, d, s, r)
