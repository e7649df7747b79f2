/**
 * Trains a small model on texts of an invented world with a hidden trigger, and measures how well
 * influence finds the documents that taught the trigger.
 *
 * <p>{@code world} makes the texts, {@code training} trains the model, {@code generation} generates
 * its answers, {@code evaluation} measures rankings. Start at {@link
 * org.rapidin.demo.TrainDemoCommand}.
 */
package org.rapidin.demo;
