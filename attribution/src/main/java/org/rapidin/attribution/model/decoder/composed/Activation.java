package org.rapidin.attribution.model.decoder.composed;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/** The nonlinearity of an MLP. */
public enum Activation {
  /** x·σ(x). */
  SILU {
    @Override
    public NDArray apply(NDArray x, Scalars scalars) {
      return JniUtils.sigmoid((PtNDArray) x).mul(x);
    }
  },
  /** x·Φ(x), with the normal distribution itself. */
  GELU {
    @Override
    public NDArray apply(NDArray x, Scalars scalars) {
      return JniUtils.gelu((PtNDArray) x);
    }
  },
  /** ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))). */
  GELU_TANH {
    @Override
    public NDArray apply(NDArray x, Scalars scalars) {
      NDArray cube = x.square().mul(x).mul(scalars.of(0.044715));
      NDArray inner = x.add(cube).mul(scalars.of(Math.sqrt(2 / Math.PI)));
      return x.mul(scalars.of(0.5)).mul(inner.tanh().add(scalars.of(1)));
    }
  };

  /** Applies it to each number. */
  public abstract NDArray apply(NDArray x, Scalars scalars);

  /**
   * The activation of a name in a config.json.
   *
   * @param key of the name, for errors
   * @throws IllegalArgumentException if it is not supported
   */
  public static Activation of(String key, String name) {
    return switch (name) {
      case "silu", "swish" -> SILU;
      case "gelu", "gelu_python" -> GELU;
      case "gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_accurate", "gelu_fast" ->
          GELU_TANH;
      default ->
          throw new IllegalArgumentException(
              "config.json: [%s] is [%s], supported are silu, gelu, gelu_new and their other names"
                  .formatted(key, name));
    };
  }
}
