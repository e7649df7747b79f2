package org.rapidin.demo.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;

/**
 * Adam with decoupled weight decay (β = 0.9, 0.98; ε = 1e-8) on leaves that accumulate gradients.
 * Gradient mode must be off during {@link #step}, because arithmetic with Java numbers is safe only
 * outside of a graph. Not thread-safe.
 *
 * @see <a href="https://arxiv.org/abs/1711.05101">Decoupled weight decay regularization</a>
 */
public final class AdamW {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.98;
  private static final double EPSILON = 1e-8;

  private final List<NDArray> parameters;
  private final List<NDArray> firstMoments = new ArrayList<>();
  private final List<NDArray> secondMoments = new ArrayList<>();
  private final double weightDecay;
  private int steps;

  /**
   * @param manager owner of the moments
   * @param parameters changed in place; each requires a gradient
   * @param weightDecay share of a parameter that a step with rate 1 subtracts
   */
  public AdamW(NDManager manager, List<NDArray> parameters, double weightDecay) {
    this.parameters = List.copyOf(parameters);
    this.weightDecay = weightDecay;
    for (NDArray parameter : parameters) {
      firstMoments.add(manager.zeros(parameter.getShape()));
      secondMoments.add(manager.zeros(parameter.getShape()));
    }
  }

  /**
   * Updates every parameter with its accumulated gradient, and clears the gradient.
   *
   * @param rate learning rate of this step
   */
  public void step(double rate) {
    steps++;
    double correction1 = 1 - Math.pow(BETA1, steps);
    double correction2 = Math.sqrt(1 - Math.pow(BETA2, steps));
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      for (int i = 0; i < parameters.size(); i++) {
        NDArray parameter = parameters.get(i);
        NDArray gradient = parameter.getGradient();
        NDArray first = firstMoments.get(i).muli(BETA1).addi(gradient.mul(1 - BETA1));
        NDArray second = secondMoments.get(i).muli(BETA2).addi(gradient.square().muli(1 - BETA2));
        NDArray divisor = second.sqrt().divi(correction2).addi(EPSILON);
        if (weightDecay > 0) {
          parameter.muli(1 - rate * weightDecay);
        }
        parameter.subi(first.div(divisor).muli(rate / correction1));
        JniUtils.zeroGrad((PtNDArray) parameter);
      }
    }
  }
}
