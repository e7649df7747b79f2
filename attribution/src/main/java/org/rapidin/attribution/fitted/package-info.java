/**
 * What is fitted to the vectors of a sample, and what it does to others. Start at {@link
 * org.rapidin.attribution.fitted.Covariance} and {@link org.rapidin.attribution.fitted.Background}.
 * Imports no torch.
 */
package org.rapidin.attribution.fitted;
