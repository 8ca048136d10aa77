using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Packaging;

/// <summary>
/// README's table of what works where is made of conformance/results.json, which conformance/record writes. To write it anew:
/// <c>SHARPRUNC_REGENERATE=1 dotnet test --filter WhatWorks</c>.
/// </summary>
internal sealed class WhatWorksTests
{
    private const string Begin = "<!-- made of conformance/results.json by WhatWorksTests: do not edit -->\n",
        End = "<!-- the end of what is made -->\n";

    private static readonly (string Check, string Label)[] Checks =
    [
        ("suite", "the specification"), ("resources", "`linux.resources`"), ("docker", "Docker"), ("buildkit", "BuildKit"),
        ("containerd", "containerd, `ctr`"), ("kubernetes", "containerd, CRI"), ("podman", "Podman"), ("rootless", "Podman, rootless"),
    ];

    [Test]
    public void The_readmes_table_is_what_was_recorded()
    {
        string path = Path.Combine(Repository.Root, "README.md"), text = File.ReadAllText(path);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = text.IndexOf(End, StringComparison.Ordinal);
        Assert.That(begin, Is.LessThanOrEqualTo(end), "both marks are there");
        string generated = Table((JsonArray)JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "conformance/results.json")))!);
        if (Environment.GetEnvironmentVariable("SHARPRUNC_REGENERATE") == "1")
            File.WriteAllText(path, text = string.Concat(text.AsSpan(0, begin), generated, text.AsSpan(end)));
        end = text.IndexOf(End, StringComparison.Ordinal);
        Assert.That(text[begin..end], Is.EqualTo(generated), "SHARPRUNC_REGENERATE=1 writes it");
    }

    [Test]
    public void Ours_fails_nowhere_that_is_recorded()
    {
        foreach (JsonNode? row in (JsonArray)JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "conformance/results.json")))!)
            if (((string)row!["runtime"]!).StartsWith("sharprunc", StringComparison.Ordinal))
                Assert.That((int)row["failed"]!, Is.Zero, row.ToJsonString());
    }

    [Test]
    public void A_row_is_a_place_and_a_column_a_runtime()
    {
        JsonArray rows = (JsonArray)JsonNode.Parse("""
            [{"check":"docker","layout":"v2","init":"systemd","lsm":"none","kernel":"6.1.0-40-cloud-amd64","runtime":"a 1","passed":7,"failed":0,"expected":0,"skipped":1},
             {"check":"suite","layout":"hybrid","init":"plain","lsm":"selinux","kernel":"6.18.5","runtime":"b 2","passed":5,"failed":1,"expected":2,"skipped":0},
             {"check":"suite","layout":"hybrid","init":"plain","lsm":"selinux","kernel":"6.18.5","runtime":"a 1","passed":8,"failed":0,"expected":0,"skipped":0}]
            """)!;
        Assert.That(Table(rows), Is.EqualTo("""
            | what | where | a 1 | b 2 |
            |---|---|---|---|
            | the specification | hybrid, SELinux, Linux 6.18 | 8 of 8 | 5 of 8 |
            | Docker | v2, systemd, Linux 6.1 | 7 of 7 (1 skipped) | |

            """));
    }

    private static string Table(JsonArray rows)
    {
        List<string> runtimes = [];
        Dictionary<(int Check, string Place), Dictionary<string, string>> cells = [];
        List<(int Check, string Place)> order = [];
        foreach (JsonNode? row in rows)
        {
            string runtime = (string)row!["runtime"]!;
            if (!runtimes.Contains(runtime))
                runtimes.Add(runtime);
            (int, string) place = (Array.FindIndex(Checks, c => c.Check == (string)row["check"]!), Place(row));
            Assert.That(place.Item1, Is.Not.Negative, $"{row["check"]} has no label");
            if (!cells.TryGetValue(place, out Dictionary<string, string>? line))
            {
                cells.Add(place, line = []);
                order.Add(place);
            }
            line[runtime] = Numbers(row);
        }
        order.Sort();
        StringBuilder text = new();
        text.Append($"| what | where | {string.Join(" | ", runtimes)} |\n|---|---|{string.Concat(runtimes.ConvertAll(_ => "---|"))}\n");
        foreach ((int check, string where) place in order)
        {
            text.Append($"| {Checks[place.check].Label} | {place.where} |");
            foreach (string runtime in runtimes)
                text.Append(cells[place].TryGetValue(runtime, out string? cell) ? $" {cell} |" : " |");
            text.Append('\n');
        }
        return text.ToString();
    }

    private static string Place(JsonNode row)
    {
        List<string> parts = [(string)row["layout"]!];
        foreach ((string value, string label) in new[] { ("systemd", "systemd"), ("apparmor", "AppArmor"), ("selinux", "SELinux") })
            if (value == (string)row["init"]! || value == (string)row["lsm"]!)
                parts.Add(label);
        string release = (string)row["kernel"]!;
        string[] kernel = release.Split('.');
        parts.Add($"Linux {kernel[0]}.{kernel[1]}{(release.EndsWith("-arm64", StringComparison.Ordinal) ? ", arm64" : "")}");
        return string.Join(", ", parts);
    }

    private static string Numbers(JsonNode row)
    {
        int passed = (int)row["passed"]!, tried = passed + (int)row["failed"]! + (int)row["expected"]!, skipped = (int)row["skipped"]!;
        return $"{passed} of {tried}" + (skipped > 0 ? $" ({skipped} skipped)" : "");
    }
}
