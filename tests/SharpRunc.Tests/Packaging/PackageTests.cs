using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Packaging;

/// <summary>What <c>make deb</c> makes of the binary under test.</summary>
internal sealed class PackageTests
{
    private const string DpkgDeb = "/usr/bin/dpkg-deb", Mandoc = "/usr/bin/mandoc", Manual = "usr/share/man/man8/sharprunc.8.gz";

    /// <summary>With the shell's names for the modes of a directory, a program and a file.</summary>
    private static readonly string[] Content =
    [
        "-rwxr-xr-x usr/bin/sharprunc", "-rw-r--r-- usr/share/bash-completion/completions/sharprunc",
            "-rw-r--r-- usr/share/doc/sharprunc/CHANGELOG.md", "-rw-r--r-- usr/share/doc/sharprunc/README.md",
        "-rw-r--r-- usr/share/doc/sharprunc/SECURITY.md", "-rw-r--r-- usr/share/doc/sharprunc/changelog.gz",
            "-rw-r--r-- usr/share/doc/sharprunc/copyright",
        "-rw-r--r-- usr/share/doc/sharprunc/differences.md", "-rw-r--r-- usr/share/doc/sharprunc/troubleshooting.md",
        "-rw-r--r-- usr/share/fish/vendor_completions.d/sharprunc.fish", "-rw-r--r-- usr/share/lintian/overrides/sharprunc",
            "-rw-r--r-- " + Manual,
        "-rw-r--r-- usr/share/zsh/vendor-completions/_sharprunc",
    ];

    private TemporaryDirectory work = null!;
    private string package = "";

    [OneTimeSetUp]
    public void Build()
    {
        Binary.Require();
        if (!File.Exists(DpkgDeb))
            Assert.Ignore($"{DpkgDeb} is not installed");
        work = new TemporaryDirectory();
        package = BuildIn("first");
        Execute(DpkgDeb, "--extract", package, work["tree"]);
    }

    [OneTimeTearDown]
    public void Remove() => work?.Dispose();

    private string BuildIn(string directory)
    {
        Directory.CreateDirectory(work[directory]);
        return Execute("/bin/bash", Path.Combine(Repository.Root, "src/SharpRunc/packaging/build-deb"), Binary.Path, work[directory])
            .Trim();
    }

    /// <summary>Runs a program to its end; its output.</summary>
    private string Execute(params string[] command)
    {
        int exit = Child.Start(command, work["out"], work["errors"],
            environment: ["PATH=/usr/bin:/bin", "SOURCE_DATE_EPOCH=1700000000", "TMPDIR=" + work.Path, "TZ=UTC"])
            .Wait(TimeSpan.FromSeconds(60));
        Assert.That(exit, Is.Zero, () => $"{string.Join(' ', command)}: {File.ReadAllText(work["errors"])}");
        return File.ReadAllText(work["out"]);
    }

    private static string Version
        => Regex.Match(File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props")), "<Version>(.*)</Version>").Groups[1].Value;

    private string Extracted(string file) => Path.Combine(work["tree"], file);

    [Test]
    public void Its_files_are_these_with_these_modes_and_all_are_roots()
    {
        List<string> files = [];
        foreach (string line in Execute(DpkgDeb, "--contents", package).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.That(fields[1], Is.EqualTo("root/root"), line);
            Assert.That(line, Does.Contain(" 2023-11-14 22:13 "), "the time of SOURCE_DATE_EPOCH");
            if (fields[0][0] == 'd')
                Assert.That(fields[0], Is.EqualTo("drwxr-xr-x"), line);
            else
                files.Add($"{fields[0]} {fields[5][2..]}");
        }
        Assert.That(files, Is.EqualTo(Content));
    }

    [Test]
    public void Its_control_file_says_the_projects_version_and_depends_on_nothing()
    {
        Assert.That(package, Is.EqualTo(work[$"first/sharprunc_{Version}_amd64.deb"]));
        Assert.That(Execute(DpkgDeb, "--show", "--showformat=${Version} ${Architecture} [${Depends}] ${Suggests}", package),
            Is.EqualTo($"{Version} amd64 [] criu (>= 3.16), uidmap"));
        int size = int.Parse(Execute(DpkgDeb, "--field", package, "Installed-Size"), CultureInfo.InvariantCulture);
        Assert.That(size, Is.GreaterThan(new FileInfo(Binary.Path).Length / 1024)
            .And.LessThan(new FileInfo(Binary.Path).Length / 1024 + 500));
    }

    [Test]
    public void The_sums_are_those_of_its_files()
    {
        string[] sums = Execute(DpkgDeb, "--info", package, "md5sums").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(sums, Is.EqualTo(Content.Select(line => line.Split(' ')[1]).Select(file => $"{Sum(Extracted(file))}  {file}")));
    }

#pragma warning disable CA5351 // what dpkg checks with
    private static string Sum(string file) => Convert.ToHexStringLower(MD5.HashData(File.ReadAllBytes(file)));
#pragma warning restore CA5351

    [Test]
    public void The_program_is_the_one_that_was_tested_and_needs_no_other_file()
    {
        Assert.That(File.ReadAllBytes(Extracted("usr/bin/sharprunc")), Is.EqualTo(File.ReadAllBytes(Binary.Path)));
        Assert.That(Execute(Extracted("usr/bin/sharprunc"), "--version"), Does.StartWith("sharprunc version "));
    }

    [TestCase("bash", "usr/share/bash-completion/completions/sharprunc")]
    [TestCase("zsh", "usr/share/zsh/vendor-completions/_sharprunc")]
    [TestCase("fish", "usr/share/fish/vendor_completions.d/sharprunc.fish")]
    public void Completions_are_the_programs(string shell, string file)
        => Assert.That(File.ReadAllText(Extracted(file)), Is.EqualTo(Binary.Run("completion", shell).Output));

    [Test]
    public void The_manual_page_can_be_read()
    {
        if (!File.Exists(Mandoc))
            Assert.Ignore($"{Mandoc} is not installed");
        using (GZipStream page = new(File.OpenRead(Extracted(Manual)), CompressionMode.Decompress))
        using (FileStream plain = File.Create(work["page"]))
            page.CopyTo(plain);
        Assert.That(Execute(Mandoc, "-man", "-Tlint", "-Werror", work["page"]), Is.Empty);
        Assert.That(Execute(Mandoc, "-man", "-Tascii", work["page"]), Does.Contain("SHARPRUNC(8)").And.Contain("checkpoint"));
    }

    [TestCase("README.md")]
    [TestCase("SECURITY.md")]
    [TestCase("CHANGELOG.md")]
    [TestCase("differences.md")]
    [TestCase("troubleshooting.md")]
    public void A_document_links_to_what_is_in_the_package(string document)
    {
        string directory = Extracted("usr/share/doc/sharprunc"), text = File.ReadAllText(Path.Combine(directory, document));
        string[] links = [.. Regex.Matches(text, "\\]\\(([^)#]+)").Select(match => match.Groups[1].Value)
            .Where(link => !link.Contains("://", StringComparison.Ordinal))];
        Assert.That(links.Where(link => !File.Exists(Path.Combine(directory, link))), Is.Empty);
        if (document == "README.md")
            Assert.That(links, Is.SupersetOf(new[] { "SECURITY.md", "differences.md", "troubleshooting.md" }));
    }

    [Test]
    public void The_same_binary_and_time_give_the_same_package()
        => Assert.That(File.ReadAllBytes(BuildIn("second")), Is.EqualTo(File.ReadAllBytes(package)));
}
