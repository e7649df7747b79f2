  def nt(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    return torch.linear(x, w, b)
  def nt_add(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Optional[Tensor], other: Tensor) -> Tensor:
    return torch.add_(torch.linear(x, w, b), other)
  def nn(self: __torch__.Kernels, x: Tensor, w: Tensor) -> Tensor:
    return torch.matmul(x, w)
  def nn_add(self: __torch__.Kernels, x: Tensor, w: Tensor, other: Tensor) -> Tensor:
    y = torch.addmm((self).rows(other), (self).rows(x), w)
    return torch.view_as(y, other)
