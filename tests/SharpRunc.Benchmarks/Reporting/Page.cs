using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using SharpRunc.Benchmarks.Reporting.Plots;
using SharpRunc.Benchmarks.Reporting.Sections;

namespace SharpRunc.Benchmarks.Reporting;

/// <summary>index.html: one file, no script, nothing from elsewhere.</summary>
internal static class Page
{
    private const int MostFailures = 20;

    public static string Draw(IReadOnlyList<(string Name, string Value)> machine, IReadOnlyList<Subject> subjects,
        IReadOnlyList<Section> sections, bool seccomp)
    {
        StringBuilder page = new("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" "
            + "content=\"width=device-width\"/>\n"
            + $"<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>OCI runtimes "
            + $"measured</title>\n<style>{Style.Text}</style>\n</head>\n<body>\n");
        page.Append($"<h1>OCI runtimes measured: {Svg.Escape(string.Join(", ", Names(subjects)))}</h1>\n");
        page.Append("<p>Written by <code>make bench-report</code> of the sharprunc repository. All runtimes run the same bundles on the "
            + "same machine, interleaved: whatever the machine does meanwhile happens "
            + "to each of them. Every sample is in <a href=\"data.json\">data.json</a>. The marks of a plot tell their exact numbers when "
            + "pointed at.</p>\n<nav>");
        page.Append("<a href=\"#machine\">Machine</a>");
        foreach (Section section in sections)
            page.Append($" · <a href=\"#{section.Name}\">{Svg.Escape(section.Title)}</a>");
        page.Append("</nav>\n<h2 id=\"machine\">The machine, the runtimes, the bundle</h2>\n");
        page.Append(Html.Table(["", ""], Pairs(machine), "facts"));
        page.Append(Html.Table(["runtime", "version", "program", "bytes"], Programs(subjects), "facts"));
        page.Append("<p>The bundle is what Docker asks for by default (5 namespaces, 14 capabilities, masked and read-only paths, device "
            + "rules, sysctls, mounts of files, the cgroup mounts), "
            + $"with busybox, {(seccomp ? "with" : "without")} its seccomp profile and without <code>blockIO</code>. State directories "
            + $"lie on a tmpfs, as /run does; each runtime has its own. Standard streams are "
            + "/dev/null, or files for standard error where many run at once. Nothing is subtracted from any number.</p>\n");
        foreach (Section section in sections)
        {
            page.Append($"<h2 id=\"{section.Name}\">{Svg.Escape(section.Title)}</h2>\n");
            if (section.Field.Failures.Count > 0)
                page.Append(Failures(section.Field.Failures));
            foreach (string part in section.Draw())
                page.Append(part);
        }
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static string Failures(List<string> failures)
    {
        List<string> shown = failures.GetRange(0, Math.Min(failures.Count, MostFailures));
        string first = shown.Count < failures.Count ? "; all are in data.json, the first" : "";
        return $"<p class=\"failures\">{failures.Count} failures{first}:</p>\n" + Html.List(shown, "failures");
    }

    private static IEnumerable<string> Names(IReadOnlyList<Subject> subjects)
    {
        foreach (Subject subject in subjects)
            if (subject.Size > 0)
                yield return subject.Name;
    }

    private static IEnumerable<IReadOnlyList<string>> Pairs(IReadOnlyList<(string Name, string Value)> machine)
    {
        foreach ((string name, string value) in machine)
            yield return [name, value];
    }

    private static IEnumerable<IReadOnlyList<string>> Programs(IReadOnlyList<Subject> subjects)
    {
        foreach (Subject subject in subjects)
            yield return [subject.Name, subject.Version, subject.Program,
                subject.Size == 0 ? "—" : subject.Size.ToString("N0", CultureInfo.InvariantCulture)];
    }
}
