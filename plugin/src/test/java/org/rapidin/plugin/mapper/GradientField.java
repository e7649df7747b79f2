package org.rapidin.plugin.mapper;

import java.io.IOException;
import java.util.Map;
import org.opensearch.Version;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.CheckedConsumer;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.MapperService;

/** The field {@code field} of type {@code gradient_vector}, for tests of its mapping. */
final class GradientField {
  /** Settings of an index that may have the field. */
  static final Settings INDEX =
      Settings.builder()
          .put("index.version.created", Version.CURRENT)
          .put("index.codec", "rapidin")
          .put(IndexMetadata.SETTING_INDEX_PROVIDED_NAME, "index")
          .put(IndexMetadata.SETTING_NUMBER_OF_SHARDS, 1)
          .build();

  private GradientField() {}

  /** Writes the field's parameters, as the transformer of mappings pins them. */
  static void pinned(XContentBuilder b, String attributor) throws IOException {
    write(b, TestAttributors.pinnedField(attributor));
  }

  /** Writes the parameters of a field. */
  static void write(XContentBuilder b, Map<String, Object> parameters) throws IOException {
    for (Map.Entry<String, Object> it : parameters.entrySet()) {
      b.field(it.getKey(), it.getValue());
    }
  }

  /** Returns a mapping's content with the field and what the transformer adds for it. */
  static CheckedConsumer<XContentBuilder, IOException> mapping(
      CheckedConsumer<XContentBuilder, IOException> field) {
    return b -> {
      b.startObject("_source").array("excludes", "field").endObject();
      b.startObject("properties").startObject("field");
      field.accept(b);
      b.endObject().endObject();
    };
  }

  static float[] vector() {
    float[] vector = new float[TestAttributors.DIMENSION];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = i - 100;
    }
    return vector;
  }

  static GradientVectorFieldType type(MapperService mappers) {
    return (GradientVectorFieldType) mappers.fieldType("field");
  }
}
