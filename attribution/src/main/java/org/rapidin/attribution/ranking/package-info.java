/**
 * How alike two rankings of the same documents are: {@link
 * org.rapidin.attribution.ranking.Rankings}. Imports nothing of the module.
 */
package org.rapidin.attribution.ranking;
