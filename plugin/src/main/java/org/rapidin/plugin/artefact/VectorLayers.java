package org.rapidin.plugin.artefact;

import java.util.List;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.compression.VectorPart;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.mapper.PinnedAttributor;
import org.rapidin.plugin.node.NodesModelAction;

/**
 * Which numbers of a field's vectors belong to which layer, as a node with the model says.
 *
 * @param registry of attributors
 */
record VectorLayers(AttributorRegistry registry) {
  /**
   * Asks the nodes; blocks.
   *
   * @throws IllegalArgumentException if the attributor has changed, no node has its model, or its
   *     compression adds numbers of several layers up
   */
  List<VectorPart> of(PinnedAttributor pins, String field, Client client) {
    RegisteredAttributor attributor = registry.require(pins.attributor());
    if (!attributor.fingerprint().equals(pins.fingerprint())) {
      throw new IllegalArgumentException(
          "field [%s] holds gradients of attributor [%s] as it was with fingerprint [%s], it now has [%s]: _reindex into a new index"
              .formatted(field, pins.attributor(), pins.fingerprint(), attributor.fingerprint()));
    }
    NodesModelAction.Request request = new NodesModelAction.Request(attributor.spec(), true);
    ModelNodes nodes =
        ModelNodes.of(attributor, client.execute(NodesModelAction.INSTANCE, request).actionGet());
    return nodes.usable().stream()
        .map(usable -> usable.report().parts())
        .filter(parts -> !parts.isEmpty())
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "compression.method [%s] of attributor [%s] does not keep the numbers of layers apart: use one with [logra] or [trackstar]"
                        .formatted(attributor.spec().compression().method(), attributor.id())));
  }
}
