/**
 * What is fitted to vectors or texts of an index and kept in the cluster: how it is fitted ({@link
 * org.rapidin.plugin.artefact.TransportFitArtefactAction}), stored ({@link
 * org.rapidin.plugin.artefact.ArtefactIndex}) and used ({@link
 * org.rapidin.plugin.artefact.Artefacts}).
 */
package org.rapidin.plugin.artefact;
