package org.rapidin.plugin.attributor;

import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.rest.RestStatus;
import org.rapidin.attribution.AttributorSpec;

/** Makes one attributor of what all nodes say about its model, or says why there is none. */
public final class ModelAgreement {
  private ModelAgreement() {}

  /**
   * Resolves an attributor.
   *
   * @param id of the attributor to be
   * @param spec as the user gave it
   * @param reports node name → what it says; every node of the cluster
   * @throws IllegalArgumentException if no node has the model, or one has it with a fault
   * @throws OpenSearchStatusException (409) if nodes have different files
   */
  public static RegisteredAttributor resolve(
      String id, AttributorSpec spec, Map<String, ModelReport> reports) {
    SortedMap<String, SortedSet<String>> nodesByFingerprint = new TreeMap<>();
    AttributorSpec fitted = spec;
    int tensors = 0;
    for (Map.Entry<String, ModelReport> entry : new TreeMap<>(reports).entrySet()) {
      switch (entry.getValue()) {
        case ModelReport.Absent absent -> {}
        case ModelReport.Broken broken ->
            throw new IllegalArgumentException(
                "attributor [%s]: %s (on node [%s])"
                    .formatted(id, broken.reason(), entry.getKey()));
        case ModelReport.Usable usable -> {
          nodesByFingerprint
              .computeIfAbsent(usable.fingerprint(), print -> new TreeSet<>())
              .add(entry.getKey());
          tensors = usable.tensors();
          fitted = usable.fitted().map(spec::with).orElse(spec);
        }
      }
    }
    requireOne(id, spec, nodesByFingerprint.values());
    return new RegisteredAttributor(
        id, fitted, nodesByFingerprint.firstKey(), fitted.derivedScale(tensors));
  }

  private static void requireOne(
      String id, AttributorSpec spec, Collection<SortedSet<String>> groups) {
    if (groups.isEmpty()) {
      throw new IllegalArgumentException(
          "attributor [%s]: no node has the model directory [config/%s/%s]; put config.json, tokenizer.json and *.safetensors there, on at least one node"
              .formatted(id, ModelCatalog.ROOT, spec.model()));
    }
    if (groups.size() > 1) {
      throw new OpenSearchStatusException(
          "attributor [%s]: the files of model [%s] differ between the nodes %s; copy the same files to all of them"
              .formatted(
                  id,
                  spec.model(),
                  String.join(" and ", groups.stream().map(Object::toString).toList())),
          RestStatus.CONFLICT);
    }
  }
}
