using System;
using NUnit.Framework;
using SharpRunc.Core;

namespace SharpRunc.Tests.Lifecycle;

internal sealed class PathsTests
{
    [TestCase("/run/x", "/run/x")]
    [TestCase("/run//x/", "/run/x")]
    [TestCase("/run/./x/../y", "/run/y")]
    [TestCase("/../..", "/")]
    [TestCase("//", "/")]
    [TestCase("/", "/")]
    [TestCase("/a/.hidden", "/a/.hidden")]
    [TestCase("/a/..b", "/a/..b")]
    public void A_path_is_cleaned_by_name_alone(string path, string clean) => Assert.That(Paths.Absolute(path), Is.EqualTo(clean));

    [Test]
    public void A_relative_one_starts_at_the_working_directory()
        => Assert.That(Paths.Absolute("./x"), Is.EqualTo(Environment.CurrentDirectory.TrimEnd('/') + "/x"));
}
