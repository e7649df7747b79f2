/**
 * {@code /_plugins/_rapidin/…}: each handler turns a request into one action of {@link
 * org.rapidin.plugin.action} and does nothing else.
 */
package org.rapidin.plugin.rest;
