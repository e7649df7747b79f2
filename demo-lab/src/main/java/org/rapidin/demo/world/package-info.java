/**
 * The demo's invented world: its people, places and themes, the texts that are made of them, and
 * the tokenizer that knows exactly their words.
 *
 * <p>Everything follows from {@code world.json} and a seed. Knows no model. Start at {@link
 * org.rapidin.demo.world.TrainingSet}.
 */
package org.rapidin.demo.world;
