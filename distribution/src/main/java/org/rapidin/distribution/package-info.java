/**
 * Runs an assembled OpenSearch node as a process of its own and talks to it over HTTP: the commands
 * {@code demo} and {@code up}, and what the end-to-end tests start.
 *
 * <p>Sees the plugin as its users do: as a zip and a REST interface. Start at {@link
 * org.rapidin.distribution.Main}.
 */
package org.rapidin.distribution;
