/**
 * bashCompletion is the completion script of bash. It calls `kubecfg complete`, like those of the other shells.
 * @bomb.sh/tab's own script for bash requires the bash-completion package, which not every machine has, cannot be
 * sourced twice, and runs the text of the line through `eval`.
 */
export const bashCompletion = `# bash completion for kubecfg: source <(kubecfg completion bash)
_kubecfg_complete() {
  local words=() word glue="" line directive=4 current prefix=""
  # bash takes --output=json for three words.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ \${#words[@]} -gt 0 && ($word == "=" || -n $glue) ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    glue=""
    [[ $word == "=" ]] && glue=1
  done
  # Of such a word bash itself keeps what stands before the last of them.
  current=\${words[\${#words[@]}-1]}
  [[ $current == -*=* ]] && current=\${current#*=}
  [[ $current == *=* && $COMP_WORDBREAKS == *=* ]] && prefix=\${current%=*}=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :[0-9]* ]]; then
      directive=\${line#:}
    else
      line=\${line%%$'\\t'*}
      COMPREPLY+=("\${line#"$prefix"}")
    fi
  done < <("$1" complete -- "\${words[@]}" 2>/dev/null)
  ((directive & 2)) && compopt -o nospace 2>/dev/null
  # Files only where one is meant.
  ((directive & 4)) || compopt -o default 2>/dev/null
  return 0
}
complete -F _kubecfg_complete kubecfg
`;
