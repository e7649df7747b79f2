package org.rapidin.attribution.service;

import org.rapidin.attribution.fitted.ArtefactSource;
import org.rapidin.attribution.model.torch.SharedTokenizers;
import org.rapidin.gpu.GpuScanEngine;

/**
 * What a node has that gradients are computed and compressed with.
 *
 * @param engine its devices, on which gradients are compressed if they are computed there
 * @param artefacts those of the cluster
 * @param textHeap in which texts are tokenized
 * @param tokenizers of the models that are open
 */
public record NodeParts(
    GpuScanEngine engine,
    ArtefactSource artefacts,
    TextHeap textHeap,
    SharedTokenizers tokenizers) {
  /** The parts of a node of this process. */
  public NodeParts(GpuScanEngine engine, ArtefactSource artefacts) {
    this(engine, artefacts, new TextHeap(Runtime.getRuntime().maxMemory()), new SharedTokenizers());
  }

  /** No devices and no artefacts. */
  public static NodeParts none() {
    return new NodeParts(GpuScanEngine.withoutDevices(), ArtefactSource.NONE);
  }
}
