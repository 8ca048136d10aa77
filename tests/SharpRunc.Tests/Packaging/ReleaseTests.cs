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
    private const string RpmBuild = "/usr/bin/rpmbuild", Rpm = "/usr/bin/rpm", Dpkg = "/usr/bin/dpkg";

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
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "SOURCE_DATE_EPOCH=1700000000", "TMPDIR=" + work.Path])
            .Wait(TimeSpan.FromSeconds(60));
        Assert.That(exit, Is.Zero, () => $"{string.Join(' ', command)}: {File.ReadAllText(work["errors"])}");
        return File.ReadAllText(work["out"]);
    }

    private string Released(string file) => Path.Combine(work["first"], file);

    [Test]
    public void A_release_is_packages_an_archive_a_bill_and_the_sums_of_them()
    {
        string[] rpms = File.Exists(RpmBuild) ? [$"sharprunc-{Version}-1.x86_64.rpm", $"sharprunc-runc-{Version}-1.noarch.rpm"] : [];
        Assert.That(Directory.GetFiles(work["first"]).Select(Path.GetFileName), Is.EquivalentTo((string[])
            [$"sharprunc_{Version}_amd64.deb", $"sharprunc-runc_{Version}_all.deb",
            name + ".tar.gz", name + ".cdx.json", "SHA256SUMS", .. rpms]));
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
    public void The_package_of_the_name_takes_runcs_place_for_those_that_depend_on_it()
    {
        string root = work["dpkg"];
        foreach (string directory in new[] { "updates", "info" })
            Directory.CreateDirectory(Path.Combine(root, "var/lib/dpkg", directory));
        const string Rest = "Status: install ok installed\nMaintainer: nobody\nArchitecture: all\nDescription: none\n";
        File.WriteAllText(Path.Combine(root, "var/lib/dpkg/status"),
            $"Package: engine\n{Rest}Version: 1\nDepends: runc (>= 1.0.0~rc6)\n\nPackage: runc\n{Rest}Version: 1.1.5\n\n");
        string[] Installed() => Lines("/usr/bin/dpkg-query", "--admindir", Path.Combine(root, "var/lib/dpkg"), "--show",
            "--showformat", "${Package} ${db:Status-Status}\\n");
        string[] install = [Dpkg, "--root", root, "--log", work["log"], "--install"];
        Execute([.. install, Released($"sharprunc_{Version}_amd64.deb")]);
        Execute([.. install, "--auto-deconfigure", Released($"sharprunc-runc_{Version}_all.deb")]);
        Assert.That(Installed(), Is.SupersetOf(new[] { "engine installed", "sharprunc installed", "sharprunc-runc installed" })
            .And.None.EqualTo("runc installed"));
        foreach (string link in new[] { "usr/bin/runc", "usr/sbin/runc" })
            Assert.That(Execute(Path.Combine(root, link), "--version"), Does.StartWith("sharprunc version "));
    }

    [Test]
    public void The_rpm_packages_have_the_archives_files_and_need_nothing()
    {
        if (!File.Exists(RpmBuild))
            Assert.Ignore($"{RpmBuild} is not installed");
        string root = work["rpm"], program = Released($"sharprunc-{Version}-1.x86_64.rpm"),
            link = Released($"sharprunc-runc-{Version}-1.noarch.rpm");
        Directory.CreateDirectory(root);
        Execute(Rpm, "--root", root, "--install", program, link);
        Assert.That(File.ReadAllBytes(Path.Combine(root, "usr/bin/sharprunc")), Is.EqualTo(File.ReadAllBytes(Binary.Path)));
        Assert.That(Execute(Path.Combine(root, "usr/bin/runc"), "--version"), Does.StartWith("sharprunc version "));
        Assert.That(Execute(Rpm, "--root", root, "--verify", "sharprunc", "sharprunc-runc"), Is.Empty);
        Assert.That(Lines(Rpm, "--query", "--requires", "--package", program), Has.All.StartsWith("rpmlib("));
        Assert.That(Lines(Rpm, "--query", "--provides", "--package", link), Has.Some.StartsWith("runc = "));
        Assert.That(Lines(Rpm, "--query", "--conflicts", "--package", link), Is.EqualTo(new[] { "runc" }));
        Assert.That(Lines(Rpm, "--query", "--queryformat", "[%{FILEUSERNAME}:%{FILEGROUPNAME}\n]", "--package", program),
            Has.All.EqualTo("root:root"));
    }

    private string[] Lines(params string[] command) => Execute(command).Split('\n', StringSplitOptions.RemoveEmptyEntries);

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
