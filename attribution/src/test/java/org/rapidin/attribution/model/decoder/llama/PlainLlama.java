package org.rapidin.attribution.model.decoder.llama;

import java.util.Map;
import org.rapidin.attribution.model.decoder.RopeScaling;

/**
 * A Llama model written down as plainly as possible in double precision, position by position and
 * head by head: the oracle for the fast one. Shares no code with it.
 */
public final class PlainLlama {
  private final LlamaConfig config;
  private final Map<String, double[]> parameters;
  private final double loraScale;

  /**
   * @param parameters by Hugging Face and PEFT names; read at every call, so that a test may change
   *     numbers in place
   */
  public PlainLlama(LlamaConfig config, Map<String, double[]> parameters, double loraScale) {
    this.config = config;
    this.parameters = parameters;
    this.loraScale = loraScale;
  }

  /** Σ weights[t] · -ln p(ids[t] | ids before t). */
  public double loss(long[] ids, float[] weights) {
    double[][] logits = logits(ids);
    double loss = 0;
    for (int t = 1; t < ids.length; t++) {
      double sum = 0;
      for (double logit : logits[t - 1]) {
        sum += Math.exp(logit);
      }
      loss += weights[t] * (Math.log(sum) - logits[t - 1][(int) ids[t]]);
    }
    return loss;
  }

  /** Logits, [T][vocabulary]. */
  public double[][] logits(long[] ids) {
    double[][] inputs = headInputs(ids);
    double[][] logits = new double[ids.length][];
    for (int t = 0; t < ids.length; t++) {
      logits[t] = linear(head(), inputs[t]);
    }
    return logits;
  }

  /** The weight that logits are products with, row-major [vocabulary, hidden]. */
  public double[] headWeight() {
    return parameters.get(head() + ".weight");
  }

  private String head() {
    return config.tiedHead() ? "model.embed_tokens" : "lm_head";
  }

  /** What the head multiplies, [T][hidden]. */
  public double[][] headInputs(long[] ids) {
    double[][] x = new double[ids.length][];
    for (int t = 0; t < ids.length; t++) {
      x[t] = row(parameters.get("model.embed_tokens.weight"), (int) ids[t], config.hiddenSize());
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      String prefix = "model.layers." + layer + ".";
      addAttention(x, prefix, config.windows().get(layer));
      addMlp(x, prefix);
    }
    double[][] inputs = new double[ids.length][];
    for (int t = 0; t < ids.length; t++) {
      inputs[t] = norm("model.norm", x[t]);
    }
    return inputs;
  }

  private void addAttention(double[][] x, String prefix, int window) {
    int width = config.headDimension();
    double[][] q = new double[x.length][];
    double[][] k = new double[x.length][];
    double[][] v = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] normed = norm(prefix + "input_layernorm", x[t]);
      q[t] = rotated(linear(prefix + "self_attn.q_proj", normed), t);
      k[t] = rotated(linear(prefix + "self_attn.k_proj", normed), t);
      v[t] = linear(prefix + "self_attn.v_proj", normed);
    }
    for (int t = 0; t < x.length; t++) {
      int first = Math.max(0, t - (window - 1));
      double[] mixed = new double[config.heads() * width];
      for (int head = 0; head < config.heads(); head++) {
        int keyHead = head * config.keyValueHeads() / config.heads();
        double[] attention = new double[t + 1];
        double sum = 0;
        for (int s = first; s <= t; s++) {
          double score = 0;
          for (int i = 0; i < width; i++) {
            score += q[t][head * width + i] * k[s][keyHead * width + i];
          }
          attention[s] = Math.exp(score / Math.sqrt(width));
          sum += attention[s];
        }
        for (int s = first; s <= t; s++) {
          for (int i = 0; i < width; i++) {
            mixed[head * width + i] += attention[s] / sum * v[s][keyHead * width + i];
          }
        }
      }
      add(x[t], linear(prefix + "self_attn.o_proj", mixed));
    }
  }

  private void addMlp(double[][] x, String prefix) {
    for (double[] position : x) {
      double[] normed = norm(prefix + "post_attention_layernorm", position);
      double[] gate = linear(prefix + "mlp.gate_proj", normed);
      double[] up = linear(prefix + "mlp.up_proj", normed);
      for (int i = 0; i < gate.length; i++) {
        up[i] *= gate[i] / (1 + Math.exp(-gate[i]));
      }
      add(position, linear(prefix + "mlp.down_proj", up));
    }
  }

  private double[] norm(String name, double[] x) {
    double squares = 0;
    for (double value : x) {
      squares += value * value;
    }
    double root = Math.sqrt(squares / x.length + config.normEpsilon());
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i] / root * parameters.get(name + ".weight")[i];
    }
    return y;
  }

  private double[] rotated(double[] x, int position) {
    int width = config.headDimension();
    double[] y = new double[x.length];
    for (int at = 0; at < x.length; at++) {
      int i = at % width;
      int pair = i % (width / 2);
      double unscaled = Math.pow(config.rotary().theta(), -2.0 * pair / width);
      double angle = position * frequency(unscaled, pair);
      double length =
          config.rotary().scaling() instanceof RopeScaling.Yarn yarn ? yarn.factorOfAngles() : 1;
      double other = i < width / 2 ? -x[at + width / 2] : x[at - width / 2];
      y[at] = length * (x[at] * Math.cos(angle) + other * Math.sin(angle));
    }
    return y;
  }

  private double frequency(double unscaled, int pair) {
    return switch (config.rotary().scaling()) {
      case RopeScaling.None _ -> unscaled;
      case RopeScaling.Linear linear -> unscaled / linear.factor();
      case RopeScaling.Llama3 llama3 -> frequency(unscaled, llama3);
      case RopeScaling.Yarn yarn -> {
        double share = (pair - yarn.low()) / (yarn.high() - yarn.low());
        double divided = Math.min(1, Math.max(0, share));
        yield unscaled * (1 - divided + divided / yarn.factor());
      }
      case RopeScaling.LongRope _ -> throw new IllegalArgumentException("not Llama's");
    };
  }

  private static double frequency(double unscaled, RopeScaling.Llama3 llama3) {
    double turns = llama3.originalPositions() * unscaled / (2 * Math.PI);
    if (turns > llama3.highFrequencyFactor()) {
      return unscaled;
    }
    if (turns < llama3.lowFrequencyFactor()) {
      return unscaled / llama3.factor();
    }
    double kept =
        (turns - llama3.lowFrequencyFactor())
            / (llama3.highFrequencyFactor() - llama3.lowFrequencyFactor());
    return kept * unscaled + (1 - kept) * unscaled / llama3.factor();
  }

  private double[] linear(String name, double[] x) {
    double[] y = multiply(parameters.get(name + ".weight"), x);
    double[] bias = parameters.get(name + ".bias");
    if (bias != null) {
      add(y, bias);
    }
    double[] a = parameters.get("base_model.model." + name + ".lora_A.weight");
    if (a != null) {
      double[] b = parameters.get("base_model.model." + name + ".lora_B.weight");
      double[] change = multiply(b, multiply(a, x));
      for (int i = 0; i < y.length; i++) {
        y[i] += loraScale * change[i];
      }
    }
    return y;
  }

  private static double[] multiply(double[] matrix, double[] x) {
    double[] y = new double[matrix.length / x.length];
    for (int row = 0; row < y.length; row++) {
      for (int i = 0; i < x.length; i++) {
        y[row] += matrix[row * x.length + i] * x[i];
      }
    }
    return y;
  }

  private static void add(double[] sum, double[] addend) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += addend[i];
    }
  }

  private static double[] row(double[] matrix, int row, int width) {
    double[] copy = new double[width];
    System.arraycopy(matrix, row * width, copy, 0, width);
    return copy;
  }
}
