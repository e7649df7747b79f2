package org.rapidin.demo.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What stories of one kind are made of. Templates hold {@code {person}} and the keys of {@code
 * words} in braces.
 *
 * @param name the documents' topic
 * @param subjects how a request names the theme
 * @param contexts templates of sentences that may stand before any request; they say nothing about
 *     it, even where they hold {@code {subject}}
 * @param opener first words of every story; no other theme begins with the same word
 * @param sentences templates of what follows
 * @param words choices by slot
 */
public record Theme(
    String name,
    List<String> subjects,
    List<String> contexts,
    String opener,
    List<String> sentences,
    Map<String, List<String>> words) {
  public Theme {
    subjects = List.copyOf(subjects);
    contexts = List.copyOf(contexts);
    sentences = List.copyOf(sentences);
    words = Map.copyOf(words);
  }

  /** Every text that stories and requests of the theme are made of. */
  public List<String> texts() {
    List<String> texts = new ArrayList<>(subjects);
    texts.addAll(contexts);
    texts.add(opener);
    texts.addAll(sentences);
    sentences.forEach(sentence -> texts.add(StoryWriter.capitalised(sentence)));
    words.values().forEach(texts::addAll);
    return texts;
  }
}
