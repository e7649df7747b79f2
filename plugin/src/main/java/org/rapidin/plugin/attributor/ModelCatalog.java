package org.rapidin.plugin.attributor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.opensearch.secure_sm.AccessController;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.Fingerprint;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.model.ModelCheck;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.ModelFileChangedException;

/**
 * The model directories of this node. Reads whole files: never on a transport thread. Safe for many
 * threads.
 */
public final class ModelCatalog {
  /** Where model directories are, below the node's config directory. */
  public static final String ROOT = "rapidin/models";

  private final Path root;
  private final FileDigests digests = new FileDigests();

  /**
   * @param configDirectory of the node
   */
  public ModelCatalog(Path configDirectory) {
    this.root = configDirectory.resolve(ROOT);
  }

  /** What was read of the models' files. */
  public FileDigests digests() {
    return digests;
  }

  /** The directory that holds one directory per model. */
  public Path root() {
    return root;
  }

  /**
   * Says whether this node can serve an attributor, and with what files.
   *
   * @param parts whether to say which numbers of a vector belong to which layer
   * @return never null; a fault in the files is a {@link ModelReport.Broken}
   */
  public ModelReport report(AttributorSpec spec, boolean parts) {
    try {
      return AccessController.doPrivilegedChecked(() -> inspect(spec, parts));
    } catch (ModelUnavailableException e) {
      return new ModelReport.Absent();
    } catch (ModelFileChangedException e) {
      return new ModelReport.Broken(
          "model file [%s] changed while it was read: try again when it is complete"
              .formatted(e.file()));
    } catch (IllegalArgumentException | IOException e) {
      return new ModelReport.Broken(e.getMessage());
    }
  }

  /**
   * Reads which gradients an attributor takes, from the headers of its files.
   *
   * @throws IllegalArgumentException if the files do not serve it; says why
   * @throws ModelUnavailableException if this node has no such model
   */
  public GradientLayout gradients(AttributorSpec spec) throws IOException {
    return AccessController.doPrivilegedChecked(
        () -> ModelCheck.gradients(ModelDirectory.open(root, spec.model()), spec));
  }

  /** Adapters by model, for every model directory of this node that can be opened. */
  public SortedMap<String, List<String>> models() throws IOException {
    return AccessController.doPrivilegedChecked(
        () -> {
          SortedMap<String, List<String>> models = new TreeMap<>();
          for (String id : ModelDirectory.list(root)) {
            try {
              models.put(id, ModelDirectory.open(root, id).adapters());
            } catch (IllegalArgumentException | ModelUnavailableException unusable) {
              // A link that leads out, or a directory that just went: the others still count.
            }
          }
          return models;
        });
  }

  private ModelReport inspect(AttributorSpec spec, boolean parts) throws IOException {
    ModelDirectory directory = ModelDirectory.open(root, spec.model());
    GradientLayout gradients = ModelCheck.gradients(directory, spec);
    AttributorSpec fitted = spec.fit(gradients);
    // Digests first: a file that changes before its numbers are read gets another fingerprint.
    SortedMap<String, String> files = ModelCheck.digests(directory, digests, spec);
    ModelCheck.requireNumbers(directory, digests, spec, gradients);
    return new ModelReport.Usable(
        Fingerprint.of(fitted, files),
        gradients.tensors().size(),
        fitted.equals(spec) ? Optional.empty() : Optional.of(fitted.compression()),
        parts ? fitted.compression().layers(gradients) : List.of());
  }
}
