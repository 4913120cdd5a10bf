package dev.weighmaster.quantization;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.safetensors.ShardIndex;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.LoaderConfig;
import dev.weighmaster.hub.LoaderConfigReader;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.quantization.LoaderExtra.Kind;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The files that the configurations and indexes of one folder make a loader read, if no named
 * signer covers them. Each is listed once.
 */
final class NamedExtras {
  /** Folders that the lists of modules in one folder may name; sentence-transformers has a few. */
  private static final int MAX_MODULES = 64;

  private final String directory;
  private final ListedFiles listed;
  private final Map<String, LoaderExtra> weights = new LinkedHashMap<>();
  private final Map<String, LoaderExtra> code = new LinkedHashMap<>();
  private final Map<String, LoaderExtra> elsewhere = new LinkedHashMap<>();
  private final Map<String, LoaderExtra> unknown = new LinkedHashMap<>();
  private final Set<String> imported = new LinkedHashSet<>();
  private final Set<String> modules = new LinkedHashSet<>();
  private final Set<String> indexes = new HashSet<>();
  private boolean anyCode;

  NamedExtras(String directory, ListedFiles listed) {
    this.directory = directory;
    this.listed = listed;
  }

  void add(ScannedFile file, LoaderConfig config) {
    String name = file.file().name();
    anyCode |= LoaderConfigReader.isPipeline(name) ? runsCode(config) : config.namesCode();
    if (!listed.isVouched(name)) {
      config.elsewhere().forEach(each -> put(elsewhere, each, Kind.CODE_ELSEWHERE));
      if (!config.readable()) {
        put(unknown, name, Kind.CONFIGURATION);
      }
    }
    config.weights().forEach(this::weights);
    config.modules().forEach(this::module);
    config.folders().forEach(path -> folder(path, name));
  }

  /** Diffusers takes a library for a module of the repository only where that is here. */
  private boolean runsCode(LoaderConfig pipeline) {
    return !pipeline.readable()
        || pipeline.modules().stream()
            .flatMap(path -> listed.shown(directory, path).stream())
            .anyMatch(listed::has);
  }

  /** Whether it is here or not: a configuration names what the loader is to open. */
  private void weights(String path) {
    Optional<String> name = listed.shown(directory, path);
    Optional<ScannedFile> index = name.filter(FileKind::isIndex).flatMap(listed::get);
    if (index.isPresent()) {
      add(index.get());
    } else if (name.filter(listed::isVouched).isEmpty()) {
      put(name.orElse(written(directory, path)));
    }
  }

  /** Configurations are copied without the code that they name: what is not here is not run. */
  private void module(String path) {
    Optional<String> name = listed.shown(directory, path);
    if (name.isEmpty()) {
      put(code, written(directory, path), Kind.CODE);
    } else if (listed.has(name.get())) {
      imported.add(StoragePaths.folder(name.get()));
      // Of all other files in a folder that is imported from, Python's sources count anyway.
      if (!path.endsWith(LoaderExtras.PYTHON) && !listed.isVouched(name.get())) {
        put(code, name.get(), Kind.CODE);
      }
    }
  }

  private void folder(String named, String config) {
    Optional<String> name = listed.shown(directory, named);
    if (name.isEmpty()) {
      put(weights, written(directory, named), Kind.WEIGHTS);
      return;
    }
    String path = name.get();
    String module = path.isEmpty() || path.endsWith("/") ? path : path + "/";
    if (module.equals(directory) || !listed.hasFolder(module) || modules.contains(module)) {
      return;
    }
    if (modules.size() < MAX_MODULES) {
      modules.add(module);
    } else {
      put(unknown, config, Kind.CONFIGURATION);
    }
  }

  /** An index stands for the files that it lists, as far as they are here or out of sight. */
  void add(ScannedFile file) {
    String name = file.file().name();
    if (!indexes.add(name)) {
      return;
    }
    Optional<ShardIndex> index = file.index();
    if (index.isEmpty()) {
      put(unknown, name, Kind.CONFIGURATION);
      return;
    }
    String beside = StoragePaths.folder(name);
    for (String part : index.get().files()) {
      WorkStopped.check();
      Optional<String> here = listed.shown(beside, part);
      if (here.map(listed::isUnvouched).orElse(true)) {
        put(here.orElse(written(beside, part)));
      }
    }
  }

  private void put(String name) {
    weights.putIfAbsent(name, LoaderExtra.weights(name));
  }

  private static void put(Map<String, LoaderExtra> extras, String name, Kind kind) {
    extras.putIfAbsent(name, new LoaderExtra(name, kind));
  }

  /** A path that leads where the inventory does not look. */
  private static String written(String directory, String path) {
    return path.startsWith("/") ? path : directory + path;
  }

  List<LoaderExtra> weights() {
    return List.copyOf(weights.values());
  }

  List<LoaderExtra> code() {
    return List.copyOf(code.values());
  }

  List<LoaderExtra> elsewhere() {
    return List.copyOf(elsewhere.values());
  }

  /** Configurations and indexes that may name anything. */
  List<LoaderExtra> unknown() {
    return List.copyOf(unknown.values());
  }

  /** Folders of the Python files that are named. */
  Set<String> imported() {
    return imported;
  }

  /** Folders that are opened too. */
  List<String> modules() {
    return List.copyOf(modules);
  }

  /** Whether a configuration names Python files, or may. */
  boolean anyCode() {
    return anyCode;
  }
}
