package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Objects;

/** Row lookup: token ids, or positions, become vectors. Borrows its array. */
public final class EmbeddingModule implements DecoderModule {
  private final String name;
  private final NDArray weight;

  /**
   * @param weight [vocabulary, hidden]
   */
  public EmbeddingModule(String name, NDArray weight) {
    this.name = Objects.requireNonNull(name);
    this.weight = Objects.requireNonNull(weight);
  }

  @Override
  public String name() {
    return name;
  }

  /** Looks up the rows of token ids, int64. */
  public NDArray apply(NDArray ids, ModuleTap tap) {
    return tap.pass(this, ids, JniUtils.embedding((PtNDArray) ids, (PtNDArray) weight, false));
  }
}
