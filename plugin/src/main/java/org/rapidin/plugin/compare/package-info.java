/**
 * How alike the rankings of two attributors are: {@link
 * org.rapidin.plugin.compare.TransportCompareAction} draws documents that have vectors of both, and
 * {@link org.rapidin.plugin.compare.Comparison} ranks some of them by others, twice.
 */
package org.rapidin.plugin.compare;
