/**
 * What is fitted to the vectors or gradients of a sample, and what it does to others. Start at
 * {@link org.rapidin.attribution.fitted.Covariance}, {@link
 * org.rapidin.attribution.fitted.Background} and {@link
 * org.rapidin.attribution.fitted.FactorCovariances}. Imports no torch.
 */
package org.rapidin.attribution.fitted;
