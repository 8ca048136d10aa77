using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Packaging;

/// <summary>What <c>make dist</c> makes of the binary under test.</summary>
internal sealed class ReleaseTests
{
    private TemporaryDirectory work = null!;
    private string name = "";

    [OneTimeSetUp]
    public void Build()
    {
        Binary.Require();
        foreach (string needed in new[] { "/usr/bin/dpkg-deb", "/usr/bin/jq" })
            if (!File.Exists(needed))
                Assert.Ignore($"{needed} is not installed");
        work = new TemporaryDirectory();
        name = $"sharprunc-{Version}-linux-amd64";
        BuildIn("first");
    }

    [OneTimeTearDown]
    public void Remove() => work?.Dispose();

    private static string Version
        => Regex.Match(File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props")), "<Version>(.*)</Version>").Groups[1].Value;

    private void BuildIn(string directory)
        => Execute("/bin/bash", Path.Combine(Repository.Root, "src/SharpRunc/packaging/build-dist"), work[directory], Binary.Path);

    private string Execute(params string[] command)
    {
        int exit = Child.Start(command, work["out"], work["errors"],
            environment: ["PATH=/usr/bin:/bin", "SOURCE_DATE_EPOCH=1700000000", "TMPDIR=" + work.Path])
            .Wait(TimeSpan.FromSeconds(60));
        Assert.That(exit, Is.Zero, () => $"{string.Join(' ', command)}: {File.ReadAllText(work["errors"])}");
        return File.ReadAllText(work["out"]);
    }

    [Test]
    public void A_release_is_a_package_an_archive_a_bill_and_the_sums_of_them()
    {
        Assert.That(Directory.GetFiles(work["first"]).Select(Path.GetFileName), Is.EquivalentTo(new[]
            { $"sharprunc_{Version}_amd64.deb", name + ".tar.gz", name + ".cdx.json", "SHA256SUMS" }));
        Execute("/bin/sh", "-c", $"cd '{work["first"]}' && sha256sum --strict --check SHA256SUMS");
    }

    [Test]
    public void The_archive_has_the_program_and_goes_below_any_prefix()
    {
        Directory.CreateDirectory(work["prefix"]);
        Execute("/bin/tar", "-xzf", Path.Combine(work["first"], name + ".tar.gz"), "-C", work["prefix"], "--strip-components=1");
        Assert.That(File.ReadAllBytes(work["prefix/bin/sharprunc"]), Is.EqualTo(File.ReadAllBytes(Binary.Path)));
        foreach (string file in new[] { "man/man8/sharprunc.8.gz", "zsh/site-functions/_sharprunc", "doc/sharprunc/LICENSE" })
            Assert.That(Path.Combine(work["prefix/share"], file), Does.Exist);
    }

    [Test]
    public void The_bill_names_what_is_linked()
    {
        JsonNode bill = JsonNode.Parse(File.ReadAllText(Path.Combine(work["first"], name + ".cdx.json")))!;
        Assert.That(((string?)bill["bomFormat"], (string?)bill["metadata"]!["component"]!["version"]), Is.EqualTo(("CycloneDX", Version)));
        List<string> names = [.. bill["components"]!.AsArray().Select(component => (string)component!["name"]!)];
        Assert.That(names, Is.SupersetOf(new[] { "Tmds.LibC", "Microsoft.Extensions.Logging", "glibc", "libgcc" }));
        Assert.That(names, Has.Some.EndsWith(".Microsoft.DotNet.ILCompiler").And.No.Member("Microsoft.CodeAnalysis.BannedApiAnalyzers"));
    }

    [Test]
    public void The_same_binary_and_time_give_the_same_bytes()
    {
        BuildIn("second");
        foreach (string file in Directory.GetFiles(work["first"]))
            Assert.That(File.ReadAllBytes(Path.Combine(work["second"], Path.GetFileName(file))), Is.EqualTo(File.ReadAllBytes(file)), file);
    }
}
