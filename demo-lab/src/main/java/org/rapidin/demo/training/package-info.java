/**
 * Training of the demo's model on the project's own decoder: a base model from random weights, then
 * LoRA adapters on a training set that holds an attack.
 *
 * <p>Start at {@link org.rapidin.demo.training.DemoTrainer}.
 */
package org.rapidin.demo.training;
