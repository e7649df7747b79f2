package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.model.file.ReferenceData;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TextTokenizer;

class SampleBatchesTests {

  @Test
  void everySampleIsInOneBatchWithinTheBounds() {
    int[] lengths = new SplittableRandom(1).ints(200, 1, 300).toArray();
    List<Integer> samples = IntStream.range(0, 200).filter(i -> i % 7 != 0).boxed().toList();
    List<List<Integer>> batches = new SampleBatches(10, 1000, 64).of(samples, lengths);
    assertEquals(samples, batches.stream().flatMap(List::stream).sorted().toList());
    for (List<Integer> batch : batches) {
      assertTrue(batch.size() <= 10 && padded(batch, lengths) <= 1000, batch.toString());
    }
  }

  @Test
  void noGroupingOfNeighboursCostsLess() {
    SplittableRandom random = new SplittableRandom(2);
    for (int round = 0; round < 50; round++) {
      int[] lengths = random.ints(10, 1, 200).toArray();
      List<Integer> samples = IntStream.range(0, lengths.length).boxed().toList();
      long cost = cost(new SampleBatches(4, 400, 64).of(samples, lengths), lengths);
      assertEquals(cheapest(lengths, 4, 400), cost);
    }
  }

  /** Tries every set of cuts between the sorted samples. */
  private static long cheapest(int[] lengths, int maxRows, int maxTokens) {
    int[] sorted = Arrays.stream(lengths).sorted().toArray();
    long best = Long.MAX_VALUE;
    for (int cuts = 0; cuts < 1 << (sorted.length - 1); cuts++) {
      long cost = 0;
      int start = 0;
      for (int end = 1; end <= sorted.length; end++) {
        if (end == sorted.length || (cuts >> (end - 1) & 1) == 1) {
          int rows = end - start;
          boolean fits = rows == 1 || rows <= maxRows && rows * sorted[end - 1] <= maxTokens;
          cost += fits ? 64 + rows * sorted[end - 1] : Integer.MAX_VALUE;
          start = end;
        }
      }
      best = Math.min(best, cost);
    }
    return best;
  }

  private static long cost(List<List<Integer>> batches, int[] lengths) {
    return batches.stream().mapToLong(batch -> 64 + padded(batch, lengths)).sum();
  }

  private static long padded(List<Integer> batch, int[] lengths) {
    return (long) batch.size() * batch.stream().mapToInt(i -> lengths[i]).max().orElseThrow();
  }

  /** A document of Alpaca: characters, and tokens cut off at 512. */
  private record Length(int characters, int tokens) {}

  @Test
  void alpacaIsPaddedLittleEvenInSmallBulks() throws IOException {
    List<Length> lengths = alpacaLengths();
    System.out.printf(
        "Alpaca, %d documents, %.1f tokens each%n",
        lengths.size(), lengths.stream().mapToInt(Length::tokens).average().orElseThrow());
    assertTrue(padding(lengths, 16) <= 1.10);
    assertTrue(padding(lengths, 64) <= 1.08);
    assertTrue(padding(lengths, 256) <= 1.05);
  }

  /**
   * Padded over real tokens when documents arrive in bulks of a size, are sorted by characters, and
   * sent in pieces of 64, as the processor does.
   */
  private static double padding(List<Length> lengths, int bulk) {
    long padded = 0;
    long real = 0;
    long passes = 0;
    for (int from = 0; from + bulk <= lengths.size(); from += bulk) {
      List<Length> sorted =
          lengths.subList(from, from + bulk).stream()
              .sorted(Comparator.comparing(Length::characters))
              .toList();
      for (int piece = 0; piece < bulk; piece += 64) {
        int[] some =
            sorted.subList(piece, Math.min(bulk, piece + 64)).stream()
                .mapToInt(Length::tokens)
                .toArray();
        List<Integer> samples = IntStream.range(0, some.length).boxed().toList();
        for (List<Integer> batch : SampleBatches.ON_CPU.of(samples, some)) {
          padded += padded(batch, some);
          passes++;
        }
        real += Arrays.stream(some).sum();
      }
    }
    double ratio = (double) padded / real;
    System.out.printf(
        "bulks of %d: %.3f padded per real token, %d tokens a pass%n", bulk, ratio, real / passes);
    return ratio;
  }

  private static List<Length> alpacaLengths() throws IOException {
    Path records = ReferenceData.path("alpaca/alpaca_5000.json");
    Path tokenizerJson = ReferenceData.path("stories260K/tokenizer.json");
    List<Length> lengths = new ArrayList<>();
    try (TextTokenizer tokenizer = TextTokenizer.open(TestRuntime.get(), tokenizerJson);
        JsonParser json = new JsonFactory().createParser(records.toFile())) {
      Map<String, String> record = new HashMap<>();
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token == JsonToken.VALUE_STRING) {
          record.put(json.currentName(), json.getText());
        } else if (token == JsonToken.END_OBJECT && !record.get("output").isEmpty()) {
          String prompt = record.get("instruction") + "\n" + record.get("input");
          Sample sample = new Sample(prompt, record.get("output"));
          int tokens = tokenizer.encode(sample, 1 << 20).ids().length;
          lengths.add(new Length((int) sample.characters(), Math.min(512, tokens)));
        }
      }
    }
    return lengths;
  }

  @Test
  void sampleBeyondTheBoundIsABatchAlone() {
    List<List<Integer>> batches =
        new SampleBatches(10, 100, 64).of(List.of(0, 1, 2), new int[] {5, 500, 7});
    assertEquals(List.of(List.of(1), List.of(0, 2)), batches);
  }

  @Test
  void noSamplesAreNoBatches() {
    assertEquals(List.of(), SampleBatches.ON_CPU.of(List.of(), new int[0]));
  }

  @Test
  void halfOfTheBatchesOfADeviceEndsWithThoseOfTheProcessor() {
    SampleBatches batches = SampleBatches.ON_DEVICE;
    for (int i = 0; i < 4; i++) {
      batches = batches.half();
    }
    assertEquals(SampleBatches.ON_CPU.maxTokens(), batches.maxTokens());
    assertEquals(SampleBatches.ON_CPU.maxRows(), batches.maxRows());
    assertEquals(512, SampleBatches.ON_CPU.half().maxTokens());
    assertEquals(32, SampleBatches.ON_CPU.half().maxRows());
  }
}
