package org.rapidin.attribution.model.decoder.composed;

import ai.djl.ndarray.NDArray;
import org.rapidin.attribution.model.decoder.GroupedAttention;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.PassContext;

/** Attention with its projections. */
public record SelfAttention(Projection projection, GroupedAttention heads, LinearModule output) {
  private static final String Q = "self_attn.q_proj";
  private static final String K = "self_attn.k_proj";
  private static final String V = "self_attn.v_proj";
  private static final String O = "self_attn.o_proj";
  private static final String Q_NORM = "self_attn.q_norm";
  private static final String K_NORM = "self_attn.k_norm";

  /** Declares projections under the names of most families. */
  public static void declare(
      LayerLayout layer, AttentionShape heads, long hidden, boolean biased, boolean outputBiased) {
    layer.linear(Q, heads.queries(), hidden, biased);
    layer.linear(K, heads.keys(), hidden, biased);
    layer.linear(V, heads.keys(), hidden, biased);
    layer.linear(O, hidden, heads.queries(), outputBiased);
  }

  /** Declares normalizations of queries and keys under their usual names. */
  public static void declareNorms(LayerLayout layer, long queryWidth, long keyWidth) {
    layer.norm(Q_NORM, queryWidth);
    layer.norm(K_NORM, keyWidth);
  }

  /** Projections under the names of most families. */
  public static SelfAttention of(LayerModules modules, GroupedAttention heads) {
    return new SelfAttention(separate(modules), heads, modules.linear(O));
  }

  /** Projections and normalizations under the names of most families. */
  public static SelfAttention normalized(LayerModules modules, GroupedAttention heads) {
    Projection projection =
        new Projection.Normalized(separate(modules), modules.norm(Q_NORM), modules.norm(K_NORM));
    return new SelfAttention(projection, heads, modules.linear(O));
  }

  private static Projection.Separate separate(LayerModules modules) {
    return new Projection.Separate(modules.linear(Q), modules.linear(K), modules.linear(V));
  }

  /**
   * Mixes positions.
   *
   * @param x float32, [B, T, hidden]
   * @return float32, [B, T, hidden]
   */
  public NDArray apply(NDArray x, PassContext context, ModuleTap tap) {
    Projection.Projected projected = projection.apply(x, tap);
    return output.apply(heads.apply(projected.q(), projected.k(), projected.v(), context), tap);
  }
}
