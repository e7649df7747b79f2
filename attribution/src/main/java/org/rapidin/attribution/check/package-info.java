/**
 * Checks of an attributor before it is used: whether the model predicts text, whether gradients are
 * the derivatives of the loss and do not depend on the batch, and whether the template fits the
 * tokenizer.
 *
 * <p>Start at {@link org.rapidin.attribution.check.AttributorCheck}. May import {@code gradient}
 * and {@code model}; {@code service} runs the checks on its threads.
 */
package org.rapidin.attribution.check;
