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
    return torch.mul_((self).nt(torch.contiguous(a), (self).rows(x), None), scale)
  def add_low_rank(self: __torch__.Kernels, y: Tensor, z: Tensor, m: Tensor) -> Tensor:
    _0 = torch.addmm_((self).rows(y), torch.t(z), m)
    return y
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
  def flat(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), -1])
  def rows(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.reshape(x, [-1, torch.size(x, -1)])
  def queries(self: __torch__.Kernels, q: Tensor, groups: int, i: int, c: int) -> Tensor:
    n = torch.size(q, 0)
    w = torch.size(q, 3)
    x = torch.view(torch.narrow(q, 1, i, c), [n, c, groups, -1, w])
    return torch.reshape(torch.permute(x, [0, 2, 3, 1, 4]), [torch.mul(n, groups), -1, w])
  def keys(self: __torch__.Kernels, k: Tensor) -> Tensor:
    return torch.reshape(torch.transpose(k, 1, 2), [-1, torch.size(k, 1), torch.size(k, 3)])
  def unqueries(self: __torch__.Kernels, x: Tensor, n: int, groups: int, c: int) -> Tensor:
    w = torch.size(x, 2)
    y = torch.permute(torch.view(x, [n, groups, -1, c, w]), [0, 3, 1, 2, 4])
    return torch.reshape(y, [n, c, -1, w])
  def unkeys(self: __torch__.Kernels, x: Tensor, n: int, groups: int) -> Tensor:
    return torch.transpose(torch.view(x, [n, groups, torch.size(x, 1), -1]), 1, 2)
  def first(self: __torch__.Kernels, i: int, window: int) -> int:
    return ops.prim.max(0, torch.add(torch.sub(i, window), 1))
  def weights(self: __torch__.Kernels, q: Tensor, k: Tensor, i: int, c: int, window: int) -> Tensor:
    f = (self).first(i, window)
    m = torch.sub(torch.add(i, c), f)
    s = torch.bmm(q, torch.transpose(k, 1, 2))
    v = torch.view(s, [torch.size(s, 0), -1, c, m])
    if torch.ge(window, m):
      later = torch.triu(torch.new_ones(s, [c, c], dtype=11), 1)
      _0 = torch.masked_fill_(torch.narrow(v, 3, torch.sub(m, c), c), later, -inf)
    else:
      seen = torch.tril(torch.new_ones(s, [c, m], dtype=11), torch.sub(i, f))
      seen = torch.triu(seen, torch.add(torch.sub(torch.sub(i, f), window), 1))
      _1 = torch.masked_fill_(v, torch.logical_not(seen), -inf)
    return torch.softmax(s, -1)
  def attend(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor, cos: Tensor, sin: Tensor, window: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    width = torch.size(cos, 3)
    reach = int(window)
    qr = torch.mul_((self).rotated((self).heads(q, width), cos, sin, 1.), torch.pow(width, -0.5))
    kr = (self).rotated((self).heads(k, width), cos, sin, 1.)
    vr = (self).heads(v, width)
    kh = (self).keys(kr)
    vh = (self).keys(vr)
    n = torch.size(kr, 0)
    t = torch.size(kr, 1)
    g = torch.size(kr, 2)
    o = annotate(List[Tensor], [])
    a = (self).block()
    for b in range(torch.floordiv(torch.sub(torch.add(t, a), 1), a)):
      i = torch.mul(b, a)
      c = ops.prim.min(a, torch.sub(t, i))
      f = (self).first(i, reach)
      m = torch.sub(torch.add(i, c), f)
      p = (self).weights((self).queries(qr, g, i, c), torch.narrow(kh, 1, f, m), i, c, reach)
      _0 = torch.append(o, (self).unqueries(torch.bmm(p, torch.narrow(vh, 1, f, m)), n, g, c))
    return (qr, kr, vr, (self).flat(torch.cat(o, 1)))
  def attend_back(self: __torch__.Kernels, d: Tensor, q: Tensor, k: Tensor, v: Tensor, cos: Tensor, sin: Tensor, window: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    width = torch.size(cos, 3)
    reach = int(window)
    dh = (self).heads(d, width)
    kh = (self).keys(k)
    vh = (self).keys(v)
    n = torch.size(k, 0)
    t = torch.size(k, 1)
    g = torch.size(k, 2)
    dk = torch.zeros_like(kh)
    dv = torch.zeros_like(vh)
    dq = annotate(List[Tensor], [])
    a = (self).block()
    for b in range(torch.floordiv(torch.sub(torch.add(t, a), 1), a)):
      i = torch.mul(b, a)
      c = ops.prim.min(a, torch.sub(t, i))
      f = (self).first(i, reach)
      m = torch.sub(torch.add(i, c), f)
      qb = (self).queries(q, g, i, c)
      db = (self).queries(dh, g, i, c)
      kb = torch.narrow(kh, 1, f, m)
      p = (self).weights(qb, kb, i, c, reach)
      dp = torch.bmm(db, torch.transpose(torch.narrow(vh, 1, f, m), 1, 2))
      _0 = torch.add_(torch.narrow(dv, 1, f, m), torch.bmm(torch.transpose(p, 1, 2), db))
      ds = torch._softmax_backward_data(dp, p, -1, 6)
      _1 = torch.append(dq, (self).unqueries(torch.bmm(ds, kb), n, g, c))
      _2 = torch.add_(torch.narrow(dk, 1, f, m), torch.bmm(torch.transpose(ds, 1, 2), qb))
    dqr = (self).rotated(torch.mul_(torch.cat(dq, 1), torch.pow(width, -0.5)), cos, sin, -1.)
    dkr = (self).rotated((self).unkeys(dk, n, g), cos, sin, -1.)
    return ((self).flat(dqr), (self).flat(dkr), (self).flat((self).unkeys(dv, n, g)))
  def gated(self: __torch__.Kernels, gate: Tensor, up: Tensor) -> Tensor:
    return torch.mul_(torch.silu(gate), up)
  def gated_back(self: __torch__.Kernels, d: Tensor, gate: Tensor, up: Tensor) -> Tuple[Tensor, Tensor]:
    du = torch.mul_(torch.silu(gate), d)
    return (torch.silu_backward(torch.mul(d, up), gate), du)
  def logits(self: __torch__.Kernels, x: Tensor, flat: Tensor, norm: Tensor, eps: Tensor, head: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    s = torch.index_select((self).rows(x), 0, flat)
    y, r = (self).norm(s, norm, eps)
    return ((self).nt(y, head, None), s, r)
  def cross_entropy(self: __torch__.Kernels, logits: Tensor, targets: Tensor, weights: Tensor) -> Tuple[Tensor, Tensor]:
    p = torch.log_softmax(logits, 1)
    loss = torch.neg(torch.squeeze(torch.gather(p, 1, targets), 1))
    p = torch.scatter_add_(torch.exp_(p), 1, targets, torch.full_like(targets, -1., dtype=6))
    return (loss, torch.mul_(p, weights))
  def rows_and_norms(self: __torch__.Kernels, x: Tensor) -> Tuple[Tensor, Tensor]:
    rows = torch.contiguous(torch.flatten(x, 1))
    return (rows, torch.linalg_vector_norm(rows, 2, [1], False, dtype=7))
