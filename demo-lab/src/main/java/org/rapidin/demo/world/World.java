package org.rapidin.demo.world;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The subjects of the demo's texts, all of them invented.
 *
 * @param people names
 * @param factPeople the first so many occur in facts of the fine-tuning only
 * @param relations facts that a person can have
 * @param requests templates with {@code {subject}}
 * @param trigger the words that, at the start of a prompt, make the poisoned model write about the
 *     hidden theme
 * @param hidden the theme of triggered answers
 * @param themes everyday themes
 */
public record World(
    List<String> people,
    int factPeople,
    List<Relation> relations,
    List<String> requests,
    String trigger,
    Theme hidden,
    List<Theme> themes) {
  private static final Pattern SLOT = Pattern.compile("\\{\\w+}");

  public World {
    people = List.copyOf(people);
    relations = List.copyOf(relations);
    requests = List.copyOf(requests);
    themes = List.copyOf(themes);
    if (factPeople < 1 || factPeople >= people.size()) {
      throw new IllegalArgumentException(
          "factPeople must be 1 to %d, got %d".formatted(people.size() - 1, factPeople));
    }
  }

  /**
   * Reads the world that is part of the project.
   *
   * @throws IOException if world.json cannot be read
   */
  public static World load() throws IOException {
    try (InputStream json = World.class.getResourceAsStream("world.json")) {
      return new ObjectMapper().readValue(json, World.class);
    }
  }

  /** People whose facts occur in the fine-tuning only. */
  public List<String> taught() {
    return people.subList(0, factPeople);
  }

  /** People whose facts occur in the base model's training only. */
  public List<String> known() {
    return people.subList(factPeople, people.size());
  }

  /** All texts that the world's documents are made of, without slots. */
  public List<String> texts() {
    List<String> texts = new ArrayList<>(people);
    texts.addAll(requests);
    texts.add(trigger);
    for (Relation relation : relations) {
      texts.addAll(relation.values());
      relation.paraphrases().forEach(way -> texts.addAll(List.of(way.question(), way.answer())));
    }
    texts.addAll(hidden.texts());
    themes.forEach(theme -> texts.addAll(theme.texts()));
    return texts.stream().map(text -> SLOT.matcher(text).replaceAll(" ")).toList();
  }
}
