package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.ReferenceData;
import org.rapidin.attribution.model.torch.TestRuntime;

/** A pretrained model and real stories. */
class AttributorReferenceTests {
  private static final int STORIES = 24;

  @Test
  void partOfAStoryFindsItsStory() throws Exception {
    List<String> stories = stories(ReferenceData.path("tinystories/v2gpt4_head.jsonl"));
    AttributorSpec spec =
        AttributorSpecFormat.fromMap(
            Map.of(
                "model",
                "stories260K",
                "template",
                Map.of("completion", "{{text}}"),
                "similarity",
                "cosine",
                "max_tokens",
                160));
    Path root = ReferenceData.path("stories260K").getParent();
    ModelDirectory directory = ModelDirectory.open(root, spec.model());
    try (Attributor attributor = Attributor.open(spec, "print", directory, TestRuntime.get())) {
      List<GradientResult> documents =
          attributor.documents(stories.stream().map(story -> new Sample("", story)).toList());
      for (int i = 0; i < 6; i++) {
        Sample part = new Sample("", stories.get(i).substring(0, 150));
        float[] query = attributor.query(part, new TokenSelection.All(), false).vector();
        assertTrue(margin(query, documents, i) > 0.1, "story " + i);
      }
    }
  }

  /** Cosine with the wanted document less the best cosine with another. */
  private static double margin(float[] query, List<GradientResult> documents, int wanted) {
    double norm = Math.sqrt(AttributorTestCase.inner(query, query));
    double best = -1;
    double own = 0;
    for (int i = 0; i < documents.size(); i++) {
      float[] document = AttributorTestCase.vector(documents.get(i));
      double cosine = AttributorTestCase.inner(query, document) / norm;
      if (i == wanted) {
        own = cosine;
      } else {
        best = Math.max(best, cosine);
      }
    }
    System.out.printf("story %d: cosine %.2f, the next %.2f%n", wanted, own, best);
    return own - best;
  }

  private static List<String> stories(Path file) throws IOException {
    List<String> stories = new ArrayList<>();
    for (String line : Files.readAllLines(file).subList(0, STORIES)) {
      try (JsonParser json = new JsonFactory().createParser(line)) {
        while (json.nextToken() != null) {
          if (json.currentToken() == JsonToken.VALUE_STRING && json.currentName().equals("text")) {
            stories.add(json.getText());
          }
        }
      }
    }
    return stories;
  }
}
