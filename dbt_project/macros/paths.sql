{# A path through a tree is text: each key between two separators that no key holds. #}
{% macro path_of(key) -%} chr(31) || {{ key }} || chr(31) {%- endmacro %}

{# True where the path already leads through the key: the next step would close a cycle. #}
{% macro is_on_path(key, path) -%} position({{ path_of(key) }} in {{ path }}) > 0 {%- endmacro %}
