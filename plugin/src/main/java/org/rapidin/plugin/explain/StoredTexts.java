package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.lucene.index.LeafReaderContext;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.PipelineConfiguration;
import org.opensearch.search.lookup.SourceLookup;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextLimit;
import org.rapidin.ingest.DocumentText;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.lucene.VectorOrigin;
import org.rapidin.plugin.lucene.VectorOrigins;
import org.rapidin.plugin.registry.PipelineAttributors;

/**
 * Finds the text that a document's vector was made from, in its stored source. The digest that is
 * stored with the vector says whether it is that text, so it does not matter which pipeline made
 * it: the field maps of all pipelines that fill the field are tried.
 *
 * @param attributors finds a registered attributor by its id; throws {@link
 *     IllegalArgumentException} if there is none
 * @param pipelines all pipelines of the cluster by id
 */
public record StoredTexts(
    Function<String, RegisteredAttributor> attributors,
    Supplier<Map<String, PipelineConfiguration>> pipelines) {

  /**
   * Finds the texts of one gradient field.
   *
   * @param fingerprint of the attributor that made its vectors
   * @throws IllegalArgumentException if the attributor is not registered any more
   */
  OfField of(String field, String attributor, String fingerprint) {
    RegisteredAttributor registered = attributors.apply(attributor);
    if (!registered.fingerprint().equals(fingerprint)) {
      throw new IllegalArgumentException(
          "field [%s] holds gradients of attributor [%s] as it was with fingerprint [%s], it now has [%s]: _reindex into a new index"
              .formatted(field, attributor, fingerprint, registered.fingerprint()));
    }
    return new OfField(field, registered.spec(), fieldMaps(field, attributor));
  }

  /** The template's own names come first. */
  private Set<Map<String, String>> fieldMaps(String field, String attributor) {
    Set<Map<String, String>> maps = new LinkedHashSet<>();
    maps.add(Map.of());
    PipelineAttributors.Target target = new PipelineAttributors.Target(attributor, field);
    pipelines
        .get()
        .values()
        .forEach(
            pipeline ->
                maps.addAll(PipelineAttributors.fieldMaps(pipeline.getConfigAsMap(), target)));
    return maps;
  }

  /**
   * The texts of one field.
   *
   * @param field a gradient field
   * @param spec of its attributor
   * @param fieldMaps template field → document field, each of a pipeline
   */
  record OfField(String field, AttributorSpec spec, Set<Map<String, String>> fieldMaps) {

    /**
     * Finds the text of a document.
     *
     * @param leaf a segment as the search sees it
     * @param doc document id in the segment
     * @throws IllegalArgumentException if it is not known; says why
     */
    Sample text(LeafReaderContext leaf, int doc) throws IOException {
      Optional<VectorOrigin> origin = VectorOrigins.open(leaf.reader(), field).of(doc);
      if (origin.isEmpty() || origin.get().textDigest().length == 0) {
        throw new IllegalArgumentException(
            "the text that the vector in field [%s] was made from is not known, because the vector was not made by a pipeline of this version: index the document again through a pipeline with the rapidgrad processor"
                .formatted(field));
      }
      SourceLookup source = new SourceLookup();
      source.setSegmentAndDocument(leaf, doc);
      return text(source.loadSourceIfNeeded(), origin.get().textDigest());
    }

    private Sample text(Map<String, Object> source, byte[] digest) {
      IngestDocument document = new IngestDocument("", "", null, null, null, source);
      IllegalArgumentException missing = null;
      boolean rendered = false;
      for (Map<String, String> fieldMap : fieldMaps) {
        try {
          Sample text =
              new DocumentText(spec.template(), fieldMap, new TextLimit(spec.maxTokens()))
                  .of(document);
          rendered = true;
          if (Arrays.equals(text.digest(), digest)) {
            return text;
          }
        } catch (IllegalArgumentException e) {
          missing = e;
        }
      }
      throw rendered
          ? new IllegalArgumentException(
              "the stored text is not the one that the vector in field [%s] was made from: index the document again through its pipeline, or give yourself access to all of its fields"
                  .formatted(field))
          : missing;
    }
  }
}
