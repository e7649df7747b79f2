/**
 * Runs an assembled OpenSearch node as a separate process and sends requests to it: the commands
 * {@code demo} and {@code up}, and the node of the end-to-end tests and benchmarks.
 *
 * <p>Uses the plugin as users do, as a zip and a REST interface. Start at {@link
 * org.rapidin.distribution.Main}.
 */
package org.rapidin.distribution;
