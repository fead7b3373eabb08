//! Plane geometry of text boxes, in pixels: convex hull, smallest enclosing rectangle, growing a rectangle.
//!
//! The detector's regions become [`Quad`]s here; what is in them is read elsewhere.

/// A point, x to the right and y down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f32,
    pub(crate) y: f32,
}

impl Point {
    pub(crate) const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    pub(crate) fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The point `share` of the way to `other`.
    pub(crate) fn towards(self, other: Self, share: f32) -> Self {
        Self::new(self.x + (other.x - self.x) * share, self.y + (other.y - self.y) * share)
    }
}

/// Four corners, clockwise from the text's top left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quad(pub(crate) [Point; 4]);

impl Quad {
    /// Length along the text.
    pub(crate) fn width(&self) -> f32 {
        let [tl, tr, br, bl] = self.0;
        tl.distance(tr).max(bl.distance(br))
    }

    /// Length across the text.
    pub(crate) fn height(&self) -> f32 {
        let [tl, tr, br, bl] = self.0;
        tl.distance(bl).max(tr.distance(br))
    }

    pub(crate) fn centre(&self) -> Point {
        let [a, b, c, d] = self.0;
        Point::new((a.x + b.x + c.x + d.x) / 4.0, (a.y + b.y + c.y + d.y) / 4.0)
    }

    /// The text's direction against the horizontal, in radians, clockwise positive.
    pub(crate) fn angle(&self) -> f32 {
        let [tl, tr, ..] = self.0;
        (tr.y - tl.y).atan2(tr.x - tl.x)
    }

    pub(crate) fn map(self, f: impl FnMut(Point) -> Point) -> Self {
        Self(self.0.map(f))
    }

    /// The same place with its first corner moved on by `steps` corners: 1 reads downwards, 2 upside down, 3 upwards.
    pub(crate) fn turned(self, steps: usize) -> Self {
        let mut corners = self.0;
        corners.rotate_left(steps % 4);
        Self(corners)
    }

    /// The part between two shares of the width, 0..1.
    pub(crate) fn slice(&self, from: f32, to: f32) -> Self {
        let [tl, tr, br, bl] = self.0;
        Self([tl.towards(tr, from), tl.towards(tr, to), bl.towards(br, to), bl.towards(br, from)])
    }

    /// Grows each side outwards by `distance`; exact for rectangles, which is what [`smallest_rectangle`] gives.
    pub(crate) fn grown(&self, distance: f32) -> Self {
        let [tl, tr, br, bl] = self.0;
        let along = unit(tl, tr);
        let across = unit(tl, bl);
        let shift = |p: Point, a: f32, c: f32| {
            Point::new(p.x + distance * (a * along.x + c * across.x), p.y + distance * (a * along.y + c * across.y))
        };
        Self([shift(tl, -1.0, -1.0), shift(tr, 1.0, -1.0), shift(br, 1.0, 1.0), shift(bl, -1.0, 1.0)])
    }
}

fn unit(from: Point, to: Point) -> Point {
    let length = from.distance(to).max(f32::EPSILON);
    Point::new((to.x - from.x) / length, (to.y - from.y) / length)
}

fn cross(o: Point, a: Point, b: Point) -> f32 {
    (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x)
}

/// Andrew's monotone chain; collinear points are dropped.
fn convex_hull(points: &mut Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    points.dedup();
    if points.len() < 3 {
        return points.clone();
    }
    let mut hull: Vec<Point> = Vec::with_capacity(points.len());
    extend_chain(&mut hull, 0, points.iter());
    let lower = hull.len() - 1;
    extend_chain(&mut hull, lower, points.iter().rev().skip(1));
    hull.pop();
    hull
}

fn extend_chain<'a>(hull: &mut Vec<Point>, base: usize, points: impl Iterator<Item = &'a Point>) {
    for &point in points {
        while hull.len() >= base + 2 && cross(hull[hull.len() - 2], hull[hull.len() - 1], point) <= 0.0 {
            hull.pop();
        }
        hull.push(point);
    }
}

/// The rectangle of least area around the points, one side along an edge of their hull, with the corner that is leftmost
/// of the upper ones first. `None` without any point.
pub(crate) fn smallest_rectangle(points: &mut Vec<Point>) -> Option<Quad> {
    let hull = convex_hull(points);
    let first = *hull.first()?;
    let mut best: Option<(f32, Quad)> = None;
    for (i, &a) in hull.iter().enumerate() {
        let b = hull[(i + 1) % hull.len()];
        let along = if a == b { Point::new(1.0, 0.0) } else { unit(a, b) };
        let across = Point::new(-along.y, along.x);
        let project = |p: Point, axis: Point| (p.x - first.x) * axis.x + (p.y - first.y) * axis.y;
        let (a0, a1) = extent(&hull, |p| project(p, along));
        let (c0, c1) = extent(&hull, |p| project(p, across));
        let area = (a1 - a0) * (c1 - c0);
        if best.as_ref().is_none_or(|(least, _)| area < *least) {
            let corner =
                |u: f32, v: f32| Point::new(first.x + u * along.x + v * across.x, first.y + u * along.y + v * across.y);
            best = Some((area, Quad([corner(a0, c0), corner(a1, c0), corner(a1, c1), corner(a0, c1)])));
        }
    }
    best.map(|(_, quad)| from_top_left(quad))
}

fn extent(points: &[Point], f: impl Fn(Point) -> f32) -> (f32, f32) {
    points.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &p| {
        let value = f(p);
        (low.min(value), high.max(value))
    })
}

/// Starts the corners at the top left: the side nearest to "left to right" becomes the top.
fn from_top_left(quad: Quad) -> Quad {
    let turn = (0..4).min_by(|&a, &b| quad.turned(a).angle().abs().total_cmp(&quad.turned(b).angle().abs()));
    quad.turned(turn.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rectangle(centre: Point, width: f32, height: f32, angle: f32) -> Quad {
        let (sin, cos) = angle.sin_cos();
        let corner = |u: f32, v: f32| Point::new(centre.x + u * cos - v * sin, centre.y + u * sin + v * cos);
        let (w, h) = (width / 2.0, height / 2.0);
        Quad([corner(-w, -h), corner(w, -h), corner(w, h), corner(-w, h)])
    }

    fn assert_close(a: Quad, b: Quad) {
        for (p, q) in a.0.iter().zip(b.0) {
            assert!(p.distance(q) < 0.01, "{a:?} is not {b:?}");
        }
    }

    #[test]
    fn the_smallest_rectangle_around_a_turned_rectangle_is_itself() {
        for degrees in [-40.0_f32, -3.0, 0.0, 5.0, 30.0] {
            let given = rectangle(Point::new(200.0, 90.0), 120.0, 16.0, degrees.to_radians());
            let mut points = given.0.to_vec();
            points.push(given.centre());
            assert_close(smallest_rectangle(&mut points).expect("points"), given);
        }
    }

    #[test]
    fn a_single_point_and_no_point_do_not_fail() {
        assert!(smallest_rectangle(&mut Vec::new()).is_none());
        let lone = smallest_rectangle(&mut vec![Point::new(3.0, 4.0)]).expect("one point");
        assert!(lone.width() < 0.01 && lone.height() < 0.01);
    }

    #[test]
    fn growing_moves_every_side_outwards_by_the_distance() {
        let grown = rectangle(Point::new(50.0, 50.0), 40.0, 10.0, 0.2).grown(3.0);
        assert_close(grown, rectangle(Point::new(50.0, 50.0), 46.0, 16.0, 0.2));
    }

    #[test]
    fn a_slice_is_the_part_between_two_shares_of_the_width() {
        let line = rectangle(Point::new(50.0, 50.0), 100.0, 10.0, 0.0);
        assert_close(line.slice(0.25, 0.75), rectangle(Point::new(50.0, 50.0), 50.0, 10.0, 0.0));
    }
}
