/**
 * Trains the demo's model with the project's decoder: a base model from random weights, then LoRA
 * adapters on a training set that contains an attack.
 *
 * <p>Start at {@link org.rapidin.demo.training.DemoTrainer}.
 */
package org.rapidin.demo.training;
