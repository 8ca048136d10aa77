using System;
using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Linux;

internal sealed class LexicalPathTests
{
    [TestCase("/run/x", "/run/x")]
    [TestCase("/run//x/", "/run/x")]
    [TestCase("/run/./x/../y", "/run/y")]
    [TestCase("/../..", "/")]
    [TestCase("//", "/")]
    [TestCase("/", "/")]
    [TestCase("/a/.hidden", "/a/.hidden")]
    [TestCase("/a/..b", "/a/..b")]
    public void A_path_is_cleaned_by_name_alone(string path, string clean) => Assert.That(LexicalPath.Absolute(path), Is.EqualTo(clean));

    [Test]
    public void A_relative_one_starts_at_the_working_directory()
        => Assert.That(LexicalPath.Absolute("./x"), Is.EqualTo(Environment.CurrentDirectory.TrimEnd('/') + "/x"));
}
