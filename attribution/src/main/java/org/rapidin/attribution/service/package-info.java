/**
 * The method joined up: texts go in, compressed gradients come out.
 *
 * <p>{@link org.rapidin.attribution.service.Attributor} does it for one model, tokenizer to sketch;
 * {@link org.rapidin.attribution.service.GradientService} keeps the models and a bounded queue
 * before them. Start there. Stands above all other packages of attribution.
 */
package org.rapidin.attribution.service;
