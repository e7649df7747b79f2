  def nt(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, w, b, "none", annotate(List[Optional[number]], []), "")
  def nt_add(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Optional[Tensor], other: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, other, w, b, "add")
  def nn(self: __torch__.Kernels, x: Tensor, w: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, torch.t(w), None, "none", annotate(List[Optional[number]], []), "")
  def nn_add(self: __torch__.Kernels, x: Tensor, w: Tensor, other: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, other, torch.t(w), None, "add")
