/** What the pages share that people open in a browser; their templates are compiled into it. */
package dev.weighmaster.jobs.page;
