/**
 * The demo's invented world: its people, places and themes, the texts about them, and a tokenizer
 * with exactly their words.
 *
 * <p>{@code world.json} and a seed determine all texts. Does not use a model. Start at {@link
 * org.rapidin.demo.world.TrainingSet}.
 */
package org.rapidin.demo.world;
