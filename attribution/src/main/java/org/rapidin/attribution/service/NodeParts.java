package org.rapidin.attribution.service;

import org.rapidin.attribution.fitted.ArtefactSource;
import org.rapidin.gpu.GpuScanEngine;

/**
 * What a node has that gradients are compressed with.
 *
 * @param engine its devices, on which gradients are compressed if they are computed there
 * @param artefacts those of the cluster
 */
public record NodeParts(GpuScanEngine engine, ArtefactSource artefacts) {
  /** No devices and no artefacts. */
  public static NodeParts none() {
    return new NodeParts(GpuScanEngine.withoutDevices(), ArtefactSource.NONE);
  }
}
