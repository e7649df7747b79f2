/**
 * The REST interface below {@code /_plugins/_rapidin}. Each handler parses a request and sends it
 * to one action of {@link org.rapidin.plugin.registry} or {@link org.rapidin.plugin.node}.
 */
package org.rapidin.plugin.rest;
