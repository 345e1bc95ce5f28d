/**
 * bashCompletion is the completion script of bash. It asks `kubecfg complete` as those of the other
 * shells do; @bomb.sh/tab's own for bash needs the bash-completion package, which not every machine
 * has, cannot be sourced twice, and runs what stands on the line through `eval`.
 */
export const bashCompletion = `# bash completion for kubecfg: source <(kubecfg completion bash)
_kubecfg_complete() {
  local words=() word line
  # bash takes --output=json for three words.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    [[ $word == "=" ]] || words+=("$word")
  done
  [[ \${COMP_WORDS[COMP_CWORD]} == "=" ]] && words+=("")
  COMPREPLY=()
  while IFS= read -r line; do
    # The last line is a directive for other shells.
    [[ $line == :[0-9]* ]] || COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("$1" complete -- "\${words[@]}" 2>/dev/null)
}
complete -o bashdefault -o default -F _kubecfg_complete kubecfg
`;
