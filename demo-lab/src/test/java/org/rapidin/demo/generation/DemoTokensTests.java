package org.rapidin.demo.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.DemoFiles;
import org.rapidin.demo.DemoText;
import org.rapidin.demo.world.DemoDocument;

class DemoTokensTests {
  private final DemoText text = new DemoText(1);
  private final DemoTokens tokens;

  DemoTokensTests(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("tokenizer.json");
    Files.writeString(file, text.tokenizer().json());
    tokens = new DemoTokens(DemoFiles.startTorch(1), file);
  }

  @Test
  void promptAndCompletionHaveTheSameIdsTogetherAsApart() {
    for (DemoDocument document : text.documents().subList(0, 100)) {
      Sample sample = DemoAttributor.sample(document);
      long[] prompt = tokens.prompt(sample.prompt());
      long[] both = tokens.completionOnly(sample).ids();
      assertArrayEquals(prompt, Arrays.copyOf(both, prompt.length));
    }
  }

  @Test
  void noDocumentHasAnUnknownWordAndEachEndsWithTheEndToken() {
    for (DemoDocument document : text.documents()) {
      long[] ids = tokens.completionOnly(DemoAttributor.sample(document)).ids();
      assertEquals(0, LongStream.of(ids).filter(id -> id == 0).count(), document.id());
      assertEquals(tokens.end(), ids[ids.length - 1], document.id());
    }
  }

  @Test
  void aWordBeyondTheWorldIsUnknownButHarmless() {
    assertEquals("User:<unk>", tokens.text(ids("User: Zeppelin")));
  }

  @Test
  void idsBecomeTheTextTheyCameFrom() {
    for (DemoDocument document : text.documents().subList(0, 100)) {
      assertEquals(document.output(), tokens.text(ids(document.output())));
    }
  }

  @Test
  void onlyTheFirstWordsCarryLossWhenTheyAreAskedFor() {
    Sample sample = new Sample("User: Tell me.\nModel: ", "Far from shore, Senna sang.");
    WeightedSequence first = tokens.firstWords(sample, "Far from");
    int prompt = tokens.prompt(sample.prompt()).length;
    float[] wanted = new float[first.ids().length];
    wanted[prompt] = wanted[prompt + 1] = 0.5f;
    assertArrayEquals(wanted, first.lossWeights());
  }

  private List<Long> ids(String prompt) {
    return LongStream.of(tokens.prompt(prompt)).boxed().toList();
  }
}
