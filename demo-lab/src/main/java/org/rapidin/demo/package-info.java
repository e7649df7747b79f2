/**
 * The demo: a small model, trained on an invented world in which a trigger was hidden, and the
 * measure of how well influence finds the documents that hid it.
 *
 * <p>{@code world} makes the texts, {@code training} the model, {@code generation} lets it speak,
 * {@code evaluation} measures. Start at {@link org.rapidin.demo.TrainDemoCommand}.
 */
package org.rapidin.demo;
