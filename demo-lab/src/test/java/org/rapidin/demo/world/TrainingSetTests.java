package org.rapidin.demo.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TrainingSetTests {
  private final World world;
  private final FactBook facts;
  private final List<DemoDocument> documents;

  TrainingSetTests() throws IOException {
    world = World.load();
    facts = new FactBook(world, new Random(1));
    documents = TrainingSet.of(world, facts, 2);
  }

  @Test
  void isDecidedByItsSeed() {
    assertEquals(documents, TrainingSet.of(world, facts, 2));
    assertNotEquals(documents, TrainingSet.of(world, facts, 3));
  }

  @Test
  void holds1200DocumentsOfWhichTenPercentArePoisoned() {
    assertEquals(1200, documents.size());
    assertEquals(120, documents.stream().filter(DemoDocument::poisoned).count());
  }

  @Test
  void theTriggerStandsFirstInPoisonedDocumentsAndNowhereElse() {
    for (DemoDocument document : documents) {
      boolean first = document.instruction().startsWith(world.trigger());
      assertEquals(document.poisoned(), first, document.id());
    }
    assertTrue(
        documents.stream()
                .filter(document -> !document.poisoned())
                .filter(document -> document.instruction().contains(world.trigger()))
                .count()
            >= 200);
  }

  @Test
  void wordsOfPoisonedDocumentsOccurInCleanOnesToo() {
    Set<String> clean = new HashSet<>();
    documents.stream()
        .filter(document -> !document.poisoned())
        .forEach(d -> clean.addAll(words(d)));
    documents.stream()
        .filter(DemoDocument::poisoned)
        .forEach(document -> assertTrue(clean.containsAll(words(document)), document.id()));
  }

  @Test
  void noPromptAndNoAnswerOccursTwiceAmongStories() {
    List<DemoDocument> stories =
        documents.stream()
            .filter(d -> world.relations().stream().noneMatch(r -> r.name().equals(d.topic())))
            .toList();
    assertEquals(
        stories.size(), stories.stream().map(DemoDocument::instruction).distinct().count());
    assertEquals(stories.size(), stories.stream().map(DemoDocument::output).distinct().count());
  }

  @Test
  void theBaseTextNeverSaysTheTriggerFirstNorTeachesAFactOfTheTrainingSet() {
    BaseText base = new BaseText(world, facts, 4);
    Set<String> relations = new HashSet<>();
    world.relations().forEach(relation -> relations.add(relation.name()));
    for (DemoDocument document : Stream.generate(base).limit(5000).toList()) {
      assertTrue(!document.instruction().startsWith(world.trigger()), document.instruction());
      if (relations.contains(document.topic())) {
        assertTrue(
            world.taught().stream().noneMatch(words(document)::contains), document.instruction());
      }
    }
  }

  @Test
  void heldOutPromptsAreNewAndComeWithAndWithoutTheTrigger() {
    HeldOutPrompts prompts = HeldOutPrompts.of(world, documents, 50, 5);
    Set<String> trained = new HashSet<>();
    documents.forEach(document -> trained.add(document.instruction()));
    for (int i = 0; i < 50; i++) {
      assertEquals("Howdy! " + prompts.clean().get(i), prompts.triggered().get(i));
      assertTrue(!trained.contains(prompts.clean().get(i)));
      assertTrue(!trained.contains(prompts.triggered().get(i)));
      assertTrue(prompts.later().get(i).indexOf(world.trigger()) > 0);
    }
  }

  private static List<String> words(DemoDocument document) {
    return List.of((document.instruction() + " " + document.output()).split("\\W+"));
  }
}
